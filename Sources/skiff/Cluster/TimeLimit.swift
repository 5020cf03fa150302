import ArgumentParser

/// A `--timeout` of the command line: kubectl's durations (`90s`, `1m30s`, `500ms`) or a bare number of seconds.
struct TimeLimit: ExpressibleByArgument, CustomStringConvertible, Sendable {
    let duration: Duration

    init(seconds: Int64) { duration = .seconds(seconds) }

    init?(argument: String) {
        if let seconds = Int64(argument), seconds >= 0, seconds < 1 << 32 {
            duration = .seconds(seconds)
        } else if let nanoseconds = try? Quantity.nanoseconds(argument) {
            duration = .nanoseconds(nanoseconds)
        } else {
            return nil
        }
    }

    /// The limit, or nil when it is zero, which kubectl means as "no limit".
    var unlessZero: TimeLimit? { duration == .zero ? nil : self }

    var description: String { HumanDuration.text(duration) }
    var defaultValueDescription: String { description }
}
