/// The rules for names, labels and keys; each returns what is wrong, or `nil`.
enum NameRules {
    /// RFC 1123 label: at most 63 of `a-z0-9-`, alphanumeric at both ends.
    static func dnsLabel(_ name: String) -> String? {
        if name.utf8.count > 63 { return "must be no more than 63 bytes" }
        guard isDNSLabel(Array(name.utf8)) else {
            return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must "
                + "start and end with an alphanumeric character (e.g. 'my-name', or '123-abc')"
        }
        return nil
    }

    /// RFC 1035 label: as 1123, but begins with a letter.
    static func dns1035Label(_ name: String) -> String? {
        if name.utf8.count > 63 { return "must be no more than 63 bytes" }
        guard isDNSLabel(Array(name.utf8)), let first = name.utf8.first, isLower(first) else {
            return "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
                + "alphabetic character, and end with an alphanumeric character (e.g. 'my-name', or 'abc-123')"
        }
        return nil
    }

    /// RFC 1123 subdomain: labels joined by dots, at most 253 bytes.
    static func dnsSubdomain(_ name: String) -> String? {
        if name.utf8.count > 253 { return "must be no more than 253 bytes" }
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.allSatisfy({ isDNSLabel(Array($0)) }) else {
            return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
                + "and must start and end with an alphanumeric character (e.g. 'example.com')"
        }
        return nil
    }

    /// A label or annotation key: `[prefix/]name`.
    static func qualifiedName(_ key: String) -> String? {
        let parts = key.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            if parts[0].isEmpty { return "prefix part must be non-empty" }
            if let problem = dnsSubdomain(String(parts[0])) { return "prefix part \(problem)" }
        }
        let name = parts[parts.count - 1]
        if name.isEmpty { return "name part must be non-empty" }
        if name.utf8.count > 63 { return "name part must be no more than 63 bytes" }
        guard isLabelText(Array(name.utf8)) else {
            return "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with "
                + "an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc')"
        }
        return nil
    }

    /// A label's value: empty, or at most 63 bytes.
    static func labelValue(_ value: String) -> String? {
        if value.isEmpty { return nil }
        if value.utf8.count > 63 { return "must be no more than 63 bytes" }
        guard isLabelText(Array(value.utf8)) else {
            return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
                + "and must start and end with an alphanumeric character (e.g. 'MyValue', or 'my_value', or '12345')"
        }
        return nil
    }

    /// A key of a ConfigMap or Secret.
    static func dataKey(_ key: String) -> String? {
        if key.utf8.count > 253 { return "must be no more than 253 bytes" }
        if key == "." || key == ".." || key.hasPrefix("..") { return "must not be '.', '..' or begin with '..'" }
        guard !key.isEmpty, key.utf8.allSatisfy({ isAlphanumeric($0) || "-_.".utf8.contains($0) }) else {
            return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
                + "(e.g. 'key.name', or 'KEY_NAME', or 'key-name')"
        }
        return nil
    }

    /// The name of an environment variable: any printable ASCII without `=`.
    static func environmentName(_ name: String) -> String? {
        guard !name.isEmpty, name.utf8.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "=") }) else {
            return "a valid environment variable name must consist only of printable ASCII characters other than '='"
        }
        return nil
    }

    /// A port name (IANA service name): at most 15 of `a-z0-9-`, with a letter, no `--`.
    static func portName(_ name: String) -> String? {
        if name.utf8.count > 15 { return "must be no more than 15 characters" }
        let bytes = Array(name.utf8)
        guard isDNSLabel(bytes) else {
            return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-), not at the ends"
        }
        if name.contains("--") { return "must not contain consecutive hyphens" }
        if !bytes.contains(where: isLower) { return "must contain at least one letter (a-z)" }
        return nil
    }

    private static func isDNSLabel(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
        guard isLower(first) || isDigit(first), isLower(last) || isDigit(last) else { return false }
        return bytes.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isLabelText(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        return bytes.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
    }

    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLower(byte | 0x20) }
}
