import Document

/// Labels as one JSON object, for a column of the database.
enum LabelText {
    static func encode(_ labels: [String: String]) -> String {
        var object = JSONObject()
        for key in labels.keys.sorted() { object[key] = labels[key].map(JSONValue.string) }
        return JSONWriter.string(.object(object), style: .compact)
    }

    /// The labels; text that is not an object of strings gives none.
    static func decode(_ text: String) -> [String: String] {
        guard let value = try? JSONReader.parse(text), case .object(let object) = value else { return [:] }
        var labels: [String: String] = [:]
        for (key, value) in object { labels[key] = value.stringValue }
        return labels
    }
}
