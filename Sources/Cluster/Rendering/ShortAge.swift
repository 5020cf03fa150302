import Effects

/// Durations in kubectl's short form: 5s, 3m20s, 2h, 3d4h.
public enum ShortAge {
    /// The time from `start` to `now`.
    public static func text(from start: Timestamp, to now: Timestamp) -> String {
        text(seconds: now.seconds - start.seconds)
    }

    /// The time since an RFC 3339 text, or `<unknown>`.
    public static func text(since start: String?, now: Timestamp) -> String {
        guard let start, let begin = Timestamp(rfc3339: start) else { return "<unknown>" }
        return text(from: begin, to: now)
    }

    /// A number of seconds; negative ones by clock skew are `0s`, more than two seconds ahead `<invalid>`.
    public static func text(seconds: Int64) -> String {
        if seconds < -1 { return "<invalid>" }
        if seconds <= 0 { return "0s" }
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
        func pair(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
            small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit)\(small)\(smallUnit)"
        }
        switch seconds {
        case ..<120: return "\(seconds)s"
        case ..<600: return pair(minutes, "m", seconds % 60, "s")
        case ..<(3 * 3600): return "\(minutes)m"
        case ..<(8 * 3600): return pair(hours, "h", minutes % 60, "m")
        case ..<(48 * 3600): return "\(hours)h"
        case ..<(8 * 86_400): return pair(days, "d", hours % 24, "h")
        case ..<(2 * 365 * 86_400): return "\(days)d"
        case ..<(8 * 365 * 86_400): return pair(days / 365, "y", days % 365, "d")
        default: return "\(days / 365)y"
        }
    }
}
