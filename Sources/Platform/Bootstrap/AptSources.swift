/// The package sources that a host's apt has for one release (sources.list(5)): one-line and deb822 style. Pure.
struct AptSources: Sendable, Hashable {
    /// One source of binary packages.
    struct Source: Sendable, Hashable {
        var uri: String
        var suite: String
        var components: [String]
        /// `signed-by`, `trusted` and other options that decide how the source is checked.
        var options: [String: String]
    }

    /// The sources found, in order.
    private(set) var sources: [Source] = []

    /// Reads one file's text. `isDeb822` is true for `*.sources`.
    mutating func add(_ text: String, isDeb822: Bool) {
        sources += isDeb822 ? Self.stanzas(text) : text.split(separator: "\n").compactMap { Self.line($0) }
    }

    /// The sources of a release and of its updates and security fixes.
    func serving(_ suite: String) -> [Source] {
        let wanted = [suite, "\(suite)-updates", "\(suite)-security", "\(suite)/updates"]
        return sources.filter { wanted.contains($0.suite) && $0.components.contains("main") }
    }

    /// One-line style, as a bootstrap's sources.list takes it.
    static func render(_ sources: [Source]) -> String {
        sources.map { source in
            let options = source.options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let bracket = options.isEmpty ? "" : "[\(options.joined(separator: " "))] "
            return "deb \(bracket)\(source.uri) \(source.suite) \(source.components.joined(separator: " "))\n"
        }.joined()
    }

    private static let kept: Set<String> = [
        "signed-by", "trusted", "check-valid-until", "check-date", "allow-insecure",
    ]

    private static func line(_ text: Substring) -> Source? {
        var rest = text.drop { $0 == " " || $0 == "\t" }
        guard rest.hasPrefix("deb ") || rest.hasPrefix("deb\t") else { return nil }
        rest = rest.dropFirst(4).drop { $0 == " " || $0 == "\t" }
        rest = rest.prefix { $0 != "#" }
        var options: [String: String] = [:]
        if rest.first == "[" {
            guard let close = rest.firstIndex(of: "]") else { return nil }
            for option in rest[..<close].dropFirst().split(whereSeparator: { $0 == " " || $0 == "\t" }) {
                let pair = option.split(separator: "=", maxSplits: 1).map(String.init)
                if pair.count == 2, kept.contains(pair[0].lowercased()) { options[pair[0].lowercased()] = pair[1] }
            }
            rest = rest[rest.index(after: close)...]
        }
        let words = rest.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        guard words.count >= 3 else { return nil }
        return Source(uri: words[0], suite: words[1], components: Array(words[2...]), options: options)
    }

    private static func stanzas(_ text: String) -> [Source] {
        var found: [Source] = []
        var fields: [String: String] = [:]
        var last: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) + [""] {
            if line.first == "#" { continue }
            if line.allSatisfy({ $0 == " " || $0 == "\t" }) {
                found += sources(of: fields)
                (fields, last) = ([:], nil)
            } else if line.first == " " || line.first == "\t", let name = last {
                fields[name, default: ""] += "\n" + line
            } else if let colon = line.firstIndex(of: ":") {
                let name = line[..<colon].lowercased()
                fields[name] = String(line[line.index(after: colon)...].drop { $0 == " " })
                last = name
            }
        }
        return found
    }

    private static func sources(of fields: [String: String]) -> [Source] {
        func words(_ name: String) -> [String] {
            (fields[name] ?? "").split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" }).map(String.init)
        }
        guard words("types").contains("deb"), fields["enabled"]?.lowercased() != "no" else { return [] }
        var options: [String: String] = [:]
        // A key inside the stanza cannot be said in one line; only paths of keyrings can.
        for name in kept { options[name] = fields[name].flatMap { $0.contains("\n") ? nil : $0 } }
        return words("uris").flatMap { uri in
            words("suites").map { Source(uri: uri, suite: $0, components: words("components"), options: options) }
        }
    }
}
