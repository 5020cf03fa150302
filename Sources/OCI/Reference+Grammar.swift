// The grammar of names (distribution-spec, "Pulling manifests", and the reference grammar of its registry clients).

extension Reference {
    /// Whether `text` is a tag: `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`.
    public static func isTag(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        return (first.isAlphanumeric || first == UInt8(ascii: "_"))
            && text.utf8.allSatisfy { $0.isAlphanumeric || "._-".utf8.contains($0) }
    }

    /// Whether `text` is a repository path: `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/…)*`.
    public static func isRepository(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= nameLengthLimit else { return false }
        return text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .allSatisfy { isPathComponent($0) }
    }

    /// Whether `text` is a registry: a host name, IPv4 or bracketed IPv6 address, with an optional port.
    public static func isRegistry(_ text: String) -> Bool {
        var host = Substring(text)
        if host.hasPrefix("[") {
            guard let close = host.firstIndex(of: "]") else { return false }
            let address = host[host.index(after: host.startIndex)..<close].utf8
            let after = host[host.index(after: close)...]
            return address.contains(UInt8(ascii: ":"))
                && address.allSatisfy { $0.isDigit || $0.isHexLetter || $0 == UInt8(ascii: ":") }
                && (after.isEmpty || (after.hasPrefix(":") && isPort(after.dropFirst())))
        }
        if let colon = host.firstIndex(of: ":") {
            guard isPort(host[host.index(after: colon)...]) else { return false }
            host = host[..<colon]
        }
        return host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            label.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "-") }
                && label.first?.isAlphanumeric == true && label.last?.isAlphanumeric == true
        }
    }

    static func splitRegistry(_ name: Substring) -> (registry: String, repository: String) {
        guard let slash = name.firstIndex(of: "/"), looksLikeRegistry(name[..<slash]) else {
            return (defaultRegistry, String(name))
        }
        return (String(name[..<slash]), String(name[name.index(after: slash)...]))
    }

    static func looksLikeRegistry(_ component: Substring) -> Bool {
        component == "localhost"
            || component.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") || $0.isUpper }
    }

    static func looksLikeID(_ text: String) -> Bool { text.utf8.count == 64 && text.utf8.allSatisfy(\.isLowerHex) }

    static func explainRepository(_ repository: String) -> String {
        repository.utf8.contains { $0.isUpper }
            ? "repository name \(repository.quotedForError) must be lower case"
            : "repository name \(repository.quotedForError) may hold only a-z, 0-9 and single separators . _ __ - /"
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy(\.isDigit) else { return false }
        return Int(text).map { $0 <= 65_535 } ?? false
    }

    private static func isPathComponent(_ component: Substring.UTF8View.SubSequence) -> Bool {
        var index = component.startIndex
        var separators = 0
        guard let first = component.first, first.isLowerAlphanumeric else { return false }
        var previous = first
        while index < component.endIndex {
            let byte = component[index]
            if byte.isLowerAlphanumeric {
                separators = 0
            } else {
                separators += 1
                switch byte {
                case UInt8(ascii: "-") where separators == 1 || previous == byte: break
                case UInt8(ascii: "_") where separators == 1 || (separators == 2 && previous == byte): break
                case UInt8(ascii: ".") where separators == 1: break
                default: return false
                }
            }
            previous = byte
            index = component.index(after: index)
        }
        return separators == 0
    }
}

extension UInt8 {
    fileprivate var isHexLetter: Bool {
        (self >= UInt8(ascii: "a") && self <= UInt8(ascii: "f"))
            || (self >= UInt8(ascii: "A") && self <= UInt8(ascii: "F"))
    }
}
