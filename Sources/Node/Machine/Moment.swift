import Effects

/// A point in time on both clocks: civil time for what is shown, uptime for what is waited for.
///
/// Deadlines use uptime, so that setting the host's clock neither fires nor delays anything.
struct Moment: Sendable, Hashable {
    /// Civil time.
    var wall: Timestamp
    /// Monotonic time.
    var uptime: Duration

    init(wall: Timestamp, uptime: Duration) {
        self.wall = wall
        self.uptime = uptime
    }

    /// Now.
    init(_ effects: Effects) {
        self.init(wall: effects.now, uptime: effects.time.monotonic)
    }

    static func + (moment: Moment, duration: Duration) -> Moment {
        Moment(wall: moment.wall + duration, uptime: moment.uptime + duration)
    }
}
