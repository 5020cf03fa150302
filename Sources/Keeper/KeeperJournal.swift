import CLinux
import SystemLinux

/// What the keeper has to say about itself: one line on its standard error, which is `<run>/keeper.log`. Rare by
/// design, and bounded: after 1,000 lines it falls silent.
enum KeeperJournal {
    private static let lineLimit = 1000
    // The keeper has one thread; nobody else can touch this.
    nonisolated(unsafe) private static var lines = 0

    static func note(_ text: String) {
        lines += 1
        if lines > lineLimit { return }
        let suffix = lines == lineLimit ? " (further messages are suppressed)" : ""
        let time = String(decoding: WallClock.rfc3339(WallClock.nanoseconds), as: UTF8.self)
        let line = Array("\(time) \(text)\(suffix)\n".utf8)
        _ = skiff_write(2, line, line.count)
    }
}
