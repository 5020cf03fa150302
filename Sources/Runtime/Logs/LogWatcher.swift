import CLinux
import Synchronization
import SystemLinux

/// Tells followers of logs that something was written. One inotify descriptor serves all of them, as a user may have
/// only 128.
final class LogWatcher: Sendable {
    /// The most followers at a time.
    static let followersMax = 4096

    private struct State {
        var directories: [Int32: [UInt64: AsyncStream<Void>.Continuation]] = [:]
        var next: UInt64 = 0
        var count = 0
        var isRunning = false
    }

    private let inotify: OwnedFD
    private let reactor: DescriptorReactor
    private let state = Mutex(State())

    init(reactor: DescriptorReactor) throws(LinuxError) {
        self.reactor = reactor
        let number = skiff_inotify()
        guard number >= 0 else { throw LinuxError("inotify_init1", "", Errno(-number)) }
        inotify = OwnedFD(number)
        try inotify.setNonBlocking()
    }

    /// A stream with one element for every burst of changes in `directory`.
    func changes(in directory: String) throws -> AsyncStream<Void> {
        // IN_MODIFY | IN_MOVED_TO | IN_CREATE
        let watch = skiff_inotify_watch(inotify.raw, directory, 0x2 | 0x80 | 0x100)
        guard watch >= 0 else { throw LinuxError("inotify_add_watch", directory, Errno(-watch)) }
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let token: UInt64? = state.withLock { state in
            guard state.count < Self.followersMax else { return nil }
            state.next += 1
            state.count += 1
            state.directories[watch, default: [:]][state.next] = continuation
            return state.next
        }
        guard let token else {
            throw RuntimeError(.unavailable, "more than \(Self.followersMax) clients follow logs; close some")
        }
        continuation.onTermination = { [weak self] _ in self?.forget(watch, token) }
        startIfNeeded()
        return stream
    }

    private func forget(_ watch: Int32, _ token: UInt64) {
        let isLast = state.withLock { state -> Bool in
            guard state.directories[watch]?.removeValue(forKey: token) != nil else { return false }
            state.count -= 1
            guard state.directories[watch]?.isEmpty == true else { return false }
            state.directories[watch] = nil
            return true
        }
        // A watch on a directory that is gone is gone already.
        if isLast { _ = skiff_inotify_unwatch(inotify.raw, watch) }
    }

    private func startIfNeeded() {
        let starts = state.withLock { state in
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if starts { Task { await self.run() } }
    }

    private func run() async {
        while (try? await reactor.readable(inotify)) != nil {
            guard let bytes = try? inotify.read(upTo: 64 * 1024) else { continue }
            for watch in Self.watches(in: bytes) {
                let followers = state.withLock { $0.directories[watch].map { Array($0.values) } ?? [] }
                for follower in followers { follower.yield() }
            }
        }
    }

    /// The watch numbers of a buffer of inotify events (inotify(7): wd, mask, cookie, len, name).
    static func watches(in bytes: [UInt8]) -> Set<Int32> {
        var out = Set<Int32>()
        var position = 0
        func word(_ offset: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[position + offset + $1]) << UInt32(8 * $1) }
        }
        while position + 16 <= bytes.count {
            out.insert(Int32(bitPattern: word(0)))
            position += 16 + Int(word(12))
        }
        return out
    }
}
