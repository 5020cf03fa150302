import CLinux
import SystemLinux

/// The keeper's one thread waiting for everything at once (epoll(7)).
final class EventLoop {
    /// Names one registration.
    struct Token: Hashable {
        let number: UInt64
    }

    /// What a descriptor is ready for.
    struct Readiness: OptionSet {
        let rawValue: UInt32
        static let read = Readiness(rawValue: UInt32(SKIFF_EPOLLIN))
        static let write = Readiness(rawValue: UInt32(SKIFF_EPOLLOUT))
        static let failed = Readiness(rawValue: UInt32(SKIFF_EPOLLERR))
        static let hungUp = Readiness(rawValue: UInt32(SKIFF_EPOLLHUP))
    }

    typealias Handler = (Readiness) -> Void

    private struct Registration {
        let descriptor: Int32
        let handler: Handler
    }

    private let epoll: OwnedFD
    private var registrations: [UInt64: Registration] = [:]
    private var lastToken: UInt64 = 0
    private static let batch = 64

    init() throws(LinuxError) {
        epoll = OwnedFD(try outcome(skiff_epoll_create()).orThrow("epoll_create1"))
    }

    /// Calls `handler` whenever `descriptor` is ready. Level-triggered; errors and hang-ups are always reported.
    func add(_ descriptor: OwnedFD, _ wanted: Readiness, _ handler: @escaping Handler) throws(LinuxError) -> Token {
        lastToken += 1
        let result = skiff_epoll_ctl(epoll.raw, Int32(SKIFF_EPOLL_CTL_ADD), descriptor.raw, wanted.rawValue, lastToken)
        _ = try outcome(result).orThrow("epoll_ctl", descriptor.description)
        registrations[lastToken] = Registration(descriptor: descriptor.raw, handler: handler)
        return Token(number: lastToken)
    }

    /// Waits for something else from now on; nothing keeps only errors and hang-ups.
    func change(_ token: Token, _ wanted: Readiness) {
        guard let registration = registrations[token.number] else { return }
        _ = skiff_epoll_ctl(
            epoll.raw, Int32(SKIFF_EPOLL_CTL_MOD), registration.descriptor, wanted.rawValue, token.number
        )
    }

    /// Ends a registration. Must precede closing the descriptor: a duplicate elsewhere would keep it alive.
    func remove(_ token: Token) {
        guard let registration = registrations.removeValue(forKey: token.number) else { return }
        _ = skiff_epoll_ctl(epoll.raw, Int32(SKIFF_EPOLL_CTL_DEL), registration.descriptor, 0, token.number)
    }

    /// Waits at most `timeoutMilliseconds` (-1 for ever) and calls the handlers of what is ready.
    func turn(timeoutMilliseconds: Int32) throws(LinuxError) {
        var events = [skiff_epoll_event](repeating: skiff_epoll_event(), count: Self.batch)
        let count = try outcome(skiff_epoll_wait(epoll.raw, &events, Int32(Self.batch), timeoutMilliseconds))
            .orThrow("epoll_wait")
        for event in events.prefix(Int(count)) {
            // An earlier handler of this batch may have removed it.
            registrations[event.token]?.handler(Readiness(rawValue: event.events))
        }
    }
}
