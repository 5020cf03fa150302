import Document

/// A token in URL-safe base64, as a WebSocket subprotocol carries it.
enum Base64Token {
    static func decode(_ text: Substring) -> String? {
        var standard = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        while standard.utf8.count % 4 != 0 { standard.append("=") }
        return Base64.decode(standard).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
