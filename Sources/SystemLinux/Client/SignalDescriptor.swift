import CLinux
import Glibc

/// Signals read like data: those named are blocked in the calling thread and arrive on a descriptor instead.
///
/// Made before other threads start, so that all of them inherit the mask.
public final class SignalDescriptor: Sendable {
    private let signals: OwnedFD

    /// Blocks `numbers` and opens a descriptor that reports them.
    public init(blocking numbers: [Int32]) throws(LinuxError) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        _ = try outcome(-pthread_sigmask(SIG_BLOCK, &set, nil)).orThrow("pthread_sigmask")
        signals = OwnedFD(try outcome(skiff_signalfd(-1, &set)).orThrow("signalfd"))
    }

    /// The descriptor's number, for polling only.
    public var descriptor: Int32 { signals.raw }

    /// The next pending signal, nil when none is. Does not block.
    public func next() -> Int32? {
        let number = skiff_signalfd_next(signals.raw)
        return number > 0 ? number : nil
    }

    /// The signals that a command line passes on to a container: all but those that tell about this process itself.
    public static let proxied: [Int32] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT]
    /// What asks a service to end.
    public static let ending: [Int32] = [SIGTERM, SIGINT]
    /// The terminal's size changed.
    public static let windowChanged: Int32 = SIGWINCH
}

/// Dispositions of signals of the whole process.
public enum ProcessSignals {
    /// Makes writing to a pipe without readers an error (EPIPE) instead of the process's end.
    public static func ignoreBrokenPipes() {
        _ = skiff_ignore_signal(SIGPIPE)
    }
}
