import Document

/// One line of the daemon's reply to a build.
enum BuildMessage {
    case started(step: Int, kind: String, title: String)
    case missed(step: Int, changed: [String])
    case cached(step: Int)
    case output(step: Int, bytes: [UInt8])
    case finished(step: Int, milliseconds: Int)
    case failed(step: Int, message: String, milliseconds: Int)
    case warning(rule: String, message: String, excerpt: String)
    case note(String)
    case result(imageID: String, tags: [String], steps: Int, cached: Int)
    case error(message: String, exitCode: Int)

    /// Reads a message; nil for one that this version does not know, which is then not shown.
    init?(_ value: JSONValue) {
        guard case .object(let object) = value, let entry = object.first(where: { _ in true }) else { return nil }
        let (name, fields) = (entry.key, entry.value)
        func number(_ key: String) -> Int { Int(fields[key]?.intValue ?? 0) }
        func text(_ key: String) -> String { fields[key]?.stringValue ?? "" }
        func texts(_ key: String) -> [String] {
            guard case .array(let items)? = fields[key] else { return [] }
            return items.compactMap(\.stringValue)
        }
        switch name {
        case "started": self = .started(step: number("step"), kind: text("kind"), title: text("title"))
        case "missed": self = .missed(step: number("step"), changed: texts("changed"))
        case "cached": self = .cached(step: number("step"))
        case "output": self = .output(step: number("step"), bytes: Base64.decode(text("data")) ?? [])
        case "finished": self = .finished(step: number("step"), milliseconds: number("milliseconds"))
        case "failed":
            self = .failed(step: number("step"), message: text("message"), milliseconds: number("milliseconds"))
        case "warning": self = .warning(rule: text("rule"), message: text("message"), excerpt: text("excerpt"))
        case "note": self = .note(text("text"))
        case "result":
            self = .result(
                imageID: text("imageID"), tags: texts("tags"), steps: number("steps"), cached: number("cached"))
        case "error": self = .error(message: text("message"), exitCode: number("exitCode"))
        default: return nil
        }
    }
}
