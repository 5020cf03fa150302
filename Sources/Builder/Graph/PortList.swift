/// The ports of EXPOSE. Pure.
enum PortList {
    /// The longest range that is accepted.
    static let maximumRange = 65_535

    /// `port[-port][/protocol]`, as the keys of an image config: `80/tcp`.
    ///
    /// `address:host:container` is accepted and means its last part, as in BuildKit.
    static func parse(_ text: String) throws(BuilderError) -> [String] {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let transport = parts.count == 2 ? parts[1].lowercased() : "tcp"
        let numbers = parts[0].split(separator: ":", omittingEmptySubsequences: false).last ?? ""
        let bounds = numbers.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard ["tcp", "udp", "sctp"].contains(transport) else {
            throw BuilderError(.invalidValue, "invalid proto in EXPOSE \(text): use tcp, udp or sctp")
        }
        guard bounds.count == 1 || bounds.count == 2, let first = bounds[0], let last = bounds[bounds.count - 1],
            first <= last
        else {
            throw BuilderError(.invalidValue, "invalid containerPort in EXPOSE: \(text)")
        }
        return (first...last).map { "\($0)/\(transport)" }
    }
}

/// Names of signals, as STOPSIGNAL takes them.
enum SignalName {
    private static let names: Set<String> = [
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL",
        "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1",
        "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX",
    ]

    /// Whether `text` is a signal's name, with or without SIG, a real-time signal or a number from 1 to 64.
    static func isValid(_ text: String) -> Bool {
        if let number = Int(text) { return (1...64).contains(number) }
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        if names.contains(name) { return true }
        for (base, limit) in [("RTMIN+", 15), ("RTMAX-", 14)] where name.hasPrefix(base) {
            return Int(name.dropFirst(base.count)).map { (1...limit).contains($0) } ?? false
        }
        return false
    }
}

/// Text as Go's formatter shows it, because history lines are compared by people and tools.
enum GoText {
    /// `["a" "b"]`.
    static func list(_ words: [String]) -> String {
        "[" + words.map(quoted).joined(separator: " ") + "]"
    }

    /// `"text"` with quotes, backslashes and control characters escaped.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
