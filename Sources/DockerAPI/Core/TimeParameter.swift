import Effects

/// Times in query parameters: unix seconds with nanoseconds, RFC 3339, or a Go duration before now. Pure.
enum TimeParameter {
    /// Reads a time; nil for nil, the empty text and `0`.
    /// - Throws: `EngineError` `.invalid`.
    static func parse(_ text: String?, now: Timestamp) throws(EngineError) -> Timestamp? {
        guard let text, !text.isEmpty, text != "0" else { return nil }
        if let time = unix(text) ?? Timestamp(rfc3339: text) { return time }
        if let duration = GoDuration.parse(text) { return now - duration }
        throw EngineError(.invalid, "invalid time \"\(text)\": use unix seconds, RFC 3339 or a duration such as 10m")
    }

    private static func unix(_ text: String) -> Timestamp? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let seconds = Int64(parts[0]) else { return nil }
        guard parts.count == 2 else { return Timestamp(seconds: seconds) }
        let digits = parts[1].prefix(9)
        guard !digits.isEmpty, let fraction = Int64(digits) else { return nil }
        let scale = (0..<(9 - digits.count)).reduce(Int64(1)) { value, _ in value * 10 }
        return Timestamp(nanoseconds: seconds * 1_000_000_000 + fraction * scale)
    }
}

/// Durations as Go writes them: `1h30m`, `1.5s`, `300ms`. Pure.
enum GoDuration {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]

    /// Reads a duration, nil when it is none.
    static func parse(_ text: String) -> Duration? {
        var rest = text[...]
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !$0.isNumber && $0 != "." }
            rest = rest.dropFirst(unit.count)
            guard let number = Double(digits), let scale = units.first(where: { $0.name == unit })?.nanoseconds else {
                return nil
            }
            total += number * scale
        }
        return .nanoseconds(Int64(total))
    }
}
