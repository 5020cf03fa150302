import CLinux
import Synchronization
import SystemLinux

/// Waits for descriptors on one thread, so that thousands of quiet streams cost no thread and no poll.
///
/// Every wait is one shot. At most `waitersMax` waits are open at a time; one more is refused.
public final class DescriptorReactor: Sendable {
    /// The most waits open at a time.
    public static let waitersMax = 65_536

    private enum Interest: UInt32 {
        case readable = 1
        case writable = 4
    }

    private struct State {
        var nextToken: UInt64 = 1
        var waiters: [UInt64: Waiter] = [:]
    }

    private struct Waiter {
        // Keeps the number from being reused while the kernel watches it.
        let descriptor: OwnedFD
        let continuation: CheckedContinuation<Void, any Error>
    }

    private let epoll: OwnedFD
    private let state = Mutex(State())

    /// Starts the thread; it lives as long as the process.
    /// - Throws: `LinuxError` when the kernel has no descriptor or thread left.
    public init() throws(LinuxError) {
        // A program that closes its input must not end the daemon that writes to it.
        ProcessSignals.ignoreBrokenPipes()
        let number = skiff_epoll_create()
        guard number >= 0 else { throw LinuxError("epoll_create1", "", Errno(-number)) }
        epoll = OwnedFD(number)
        try DedicatedThread.start(name: "skiff-streams") { [self] in run() }
    }

    /// Suspends until `descriptor` has something to read or its other end is gone.
    /// - Throws: `CancellationError`, `LinuxError`.
    public func readable(_ descriptor: OwnedFD) async throws {
        try await wait(for: .readable, on: descriptor)
    }

    /// Suspends until `descriptor` takes bytes or its other end is gone.
    /// - Throws: `CancellationError`, `LinuxError`.
    public func writable(_ descriptor: OwnedFD) async throws {
        try await wait(for: .writable, on: descriptor)
    }

    private func wait(for interest: Interest, on descriptor: OwnedFD) async throws {
        // A duplicate has its own registration, so a reader and a writer of one descriptor never collide.
        let own = try descriptor.duplicate()
        let token = state.withLock { state in
            defer { state.nextToken += 1 }
            return state.nextToken
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                register(Waiter(descriptor: own, continuation: continuation), token: token, interest: interest)
            }
        } onCancel: {
            resume(token, with: .failure(CancellationError()))
        }
    }

    private func register(_ waiter: Waiter, token: UInt64, interest: Interest) {
        let oneShot: UInt32 = 1 << 30
        let refusal: (any Error)? = state.withLock { state in
            if Task.isCancelled { return CancellationError() }
            guard state.waiters.count < Self.waitersMax else {
                return RuntimeError(.unavailable, "more than \(Self.waitersMax) streams are waited for; close some")
            }
            let failed = skiff_epoll_ctl(
                epoll.raw, Int32(SKIFF_EPOLL_CTL_ADD), waiter.descriptor.raw,
                interest.rawValue | oneShot, token
            )
            guard failed == 0 else { return LinuxError("epoll_ctl", waiter.descriptor.description, Errno(-failed)) }
            state.waiters[token] = waiter
            return nil
        }
        if let refusal { waiter.continuation.resume(throwing: refusal) }
    }

    private func resume(_ token: UInt64, with result: Result<Void, any Error>) {
        guard let waiter = state.withLock({ $0.waiters.removeValue(forKey: token) }) else { return }
        // Closing the duplicate does not end its registration: the kernel ties that to the open file, which lives on
        // in the original. It would come back as EEXIST when the number is used again.
        _ = skiff_epoll_ctl(epoll.raw, Int32(SKIFF_EPOLL_CTL_DEL), waiter.descriptor.raw, 0, 0)
        waiter.descriptor.close()
        waiter.continuation.resume(with: result)
    }

    private func run() {
        var events = [skiff_epoll_event](repeating: skiff_epoll_event(), count: 64)
        while true {
            let count = skiff_epoll_wait(epoll.raw, &events, Int32(events.count), -1)
            guard count >= 0 else { return }
            for event in events.prefix(Int(count)) { resume(event.token, with: .success(())) }
        }
    }
}
