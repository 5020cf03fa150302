import Effects

/// Reads the `since` of event and log queries: nothing, RFC 3339, unix seconds, or a duration before now.
enum SinceParameter {
    /// The moment that `text` means at `now`; nil when it means nothing.
    static func moment(_ text: String?, now: Timestamp) -> Timestamp? {
        guard let text, !text.isEmpty else { return .epoch }
        if let moment = Timestamp(rfc3339: text) { return moment }
        if let seconds = Double(text), seconds >= 0, seconds < 9e9 {
            return Timestamp(nanoseconds: Int64(seconds * 1e9))
        }
        return duration(text).map { now - $0 }
    }

    /// A Go duration such as `1h10m` or `1.5s`.
    static func duration(_ text: String) -> Duration? {
        let units: [(String, Double)] = [
            ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12),
        ]
        var rest = Substring(text)
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let number = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { $0.isLetter }
            guard let unit = units.first(where: { $0.0 == letters }) else { return nil }
            rest = rest.dropFirst(letters.count)
            total += number * unit.1
        }
        guard total < 9e18 else { return nil }
        return .nanoseconds(Int64(total))
    }
}
