import Effects

/// Durations as people say them.
enum HumanDuration {
    /// `850 µs`, `212 ms`, `1.4 s`, `3m20s`, `2h5m`, `3d4h`.
    static func text(_ duration: Duration) -> String {
        let nanoseconds = duration.wholeNanoseconds
        switch nanoseconds {
        case ..<1_000_000: return "\(nanoseconds / 1000) µs"
        case ..<1_000_000_000: return "\(nanoseconds / 1_000_000) ms"
        case ..<60_000_000_000:
            let tenths = nanoseconds / 100_000_000
            return "\(tenths / 10).\(tenths % 10) s"
        default: return long(seconds: nanoseconds / 1_000_000_000)
        }
    }

    private static func long(seconds: Int64) -> String {
        switch seconds {
        case ..<3600: return seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds / 60)m\(seconds % 60)s"
        case ..<86_400:
            let minutes = seconds / 60 % 60
            return minutes == 0 ? "\(seconds / 3600)h" : "\(seconds / 3600)h\(minutes)m"
        default:
            let hours = seconds / 3600 % 24
            return hours == 0 ? "\(seconds / 86_400)d" : "\(seconds / 86_400)d\(hours)h"
        }
    }
}
