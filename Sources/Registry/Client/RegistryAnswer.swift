import Document

/// Error documents of registries (distribution-spec, "Error Codes").
enum RegistryAnswer {
    /// The first error's code and message, cut to one line for people; nil when the text is none.
    static func message(_ text: String) -> String? {
        guard let error = try? JSONReader.parse(text)["errors"]?.arrayValue?.first else { return nil }
        let parts = [error["code"]?.stringValue, error["message"]?.stringValue].compactMap { $0 }
        let line = parts.joined(separator: " ").unicodeScalars.map { $0.value < 32 ? " " : String($0) }.joined()
        return line.isEmpty ? nil : String(line.prefix(300))
    }
}
