/// What a registry asks for in `WWW-Authenticate` (RFC 9110, section 11; distribution token authentication).
struct AuthChallenge: Hashable, Sendable {
    /// The scheme in lower case: `bearer` or `basic`.
    let scheme: String
    /// The parameters by their names in lower case.
    let parameters: [String: String]

    /// Reads one challenge: `Bearer realm="…",service="…",scope="…"`. Nil when it is none.
    init?(_ header: String) {
        let text = header.drop { $0 == " " }
        let scheme = text.prefix { $0 != " " }
        guard !scheme.isEmpty else { return nil }
        self.scheme = scheme.lowercased()
        var parameters: [String: String] = [:]
        var rest = text.dropFirst(scheme.count)
        while true {
            rest = rest.drop { $0 == " " || $0 == "," }
            let name = rest.prefix { $0 != "=" && $0 != "," && $0 != " " }
            guard !name.isEmpty else { break }
            rest = rest.dropFirst(name.count).drop { $0 == " " }
            guard rest.first == "=" else { return nil }
            rest = rest.dropFirst().drop { $0 == " " }
            guard let value = Self.takeValue(&rest) else { return nil }
            parameters[name.lowercased()] = value
        }
        self.parameters = parameters
    }

    private static func takeValue(_ rest: inout Substring) -> String? {
        guard rest.first == "\"" else {
            let value = rest.prefix { $0 != "," && $0 != " " }
            rest = rest.dropFirst(value.count)
            return String(value)
        }
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.popFirst() {
            if character == "\"" { return value }
            if character == "\\", let escaped = rest.popFirst() {
                value.append(escaped)
            } else {
                value.append(character)
            }
        }
        return nil
    }
}
