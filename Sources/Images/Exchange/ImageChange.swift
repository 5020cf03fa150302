import Document
import OCI

/// A change to an image's configuration in Dockerfile words, as `docker import --change` and `docker commit` take it.
public struct ImageChange: Sendable, Hashable {
    private let instruction: String
    private let argument: String

    /// Reads one line: `CMD ["sh"]`, `ENV A=b`, `EXPOSE 80`… Throws `invalid` for an instruction that cannot be used.
    public init(_ line: String) throws(ImageError) {
        let text = line.drop { $0 == " " || $0 == "\t" }
        let word = text.prefix { $0 != " " && $0 != "\t" }
        instruction = word.uppercased()
        argument = String(text.dropFirst(word.count).drop { $0 == " " || $0 == "\t" })
        let known = [
            "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "ONBUILD", "SHELL", "STOPSIGNAL", "USER", "VOLUME",
            "WORKDIR",
        ]
        guard known.contains(instruction) else {
            throw ImageError(
                .invalid, "\(word) is not a valid change command; use one of \(known.joined(separator: ", "))")
        }
        guard !argument.isEmpty else { throw ImageError(.invalid, "\(instruction) requires at least one argument") }
    }

    /// Applies the change.
    public func apply(to config: inout ImageConfig.Execution) throws(ImageError) {
        switch instruction {
        case "CMD": config.cmd = command(shell: config.shell)
        case "ENTRYPOINT":
            config.entrypoint = command(shell: config.shell)
            config.cmd = nil
        case "ENV":
            for (name, value) in try pairs() {
                config.env = (config.env ?? []).filter { !$0.hasPrefix(name + "=") } + ["\(name)=\(value)"]
            }
        case "LABEL":
            for (name, value) in try pairs() { config.labels = (config.labels ?? [:]).merging([name: value]) { $1 } }
        case "EXPOSE":
            for port in words() {
                config.exposedPorts = ObjectSet((config.exposedPorts?.members ?? []).union([try Self.port(port)]))
            }
        case "VOLUME":
            config.volumes = ObjectSet((config.volumes?.members ?? []).union(list() ?? words()))
        case "ONBUILD": config.onBuild = (config.onBuild ?? []) + [argument]
        case "SHELL": config.shell = list()
        case "STOPSIGNAL": config.stopSignal = argument
        case "USER": config.user = argument
        default: config.workingDir = argument.hasPrefix("/") ? argument : (config.workingDir ?? "") + "/" + argument
        }
    }

    /// The exec form as it is; the shell form wrapped.
    private func command(shell: [String]?) -> [String] { list() ?? (shell ?? ["/bin/sh", "-c"]) + [argument] }

    private func list() -> [String]? {
        guard argument.hasPrefix("["), let items = try? JSONReader.parse(argument).arrayValue else { return nil }
        let strings = items.compactMap(\.stringValue)
        return strings.count == items.count ? strings : nil
    }

    private func pairs() throws(ImageError) -> [(String, String)] {
        let words = words()
        guard words.first?.contains("=") == true else {
            // The old form: one name, and the rest of the line as it stands.
            let name = argument.prefix { $0 != " " }
            let value = argument.dropFirst(name.count + 1)
            guard !value.isEmpty else { throw ImageError(.invalid, "\(instruction) must have two arguments") }
            return [(String(name), String(value))]
        }
        var pairs: [(String, String)] = []
        for word in words {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                throw ImageError(.invalid, "can't find = in \"\(word)\"; must be of the form: name=value")
            }
            pairs.append((String(word[..<equals]), String(word[word.index(after: equals)...])))
        }
        return pairs
    }

    /// Words with quotes and backslashes taken away.
    private func words() -> [String] {
        var words: [String] = []
        var current: String?
        var quote: Character?
        var escaped = false
        for character in argument {
            if escaped {
                current = (current ?? "") + String(character)
                escaped = false
            } else if character == "\\", quote != "'" {
                escaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { current = (current ?? "") + String(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                current = current ?? ""
            } else if character == " " || character == "\t" {
                if let word = current { words.append(word) }
                current = nil
            } else {
                current = (current ?? "") + String(character)
            }
        }
        if let word = current { words.append(word) }
        return words
    }

    private static func port(_ text: String) throws(ImageError) -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let kind = parts.count == 2 ? parts[1].lowercased() : "tcp"
        guard parts.count <= 2, let number = UInt16(parts[0]), number > 0, ["tcp", "udp", "sctp"].contains(kind) else {
            throw ImageError(.invalid, "invalid port \"\(text)\"; write 80, 80/tcp or 53/udp")
        }
        return "\(number)/\(kind)"
    }
}
