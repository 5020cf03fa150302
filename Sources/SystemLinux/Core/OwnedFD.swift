import CLinux
import Glibc
import Synchronization

/// A file descriptor with one owner: it is closed when the last reference goes.
public final class OwnedFD: Sendable, CustomStringConvertible {
    private let number: Atomic<Int32>

    /// Takes ownership of an open descriptor.
    public init(_ raw: Int32) {
        number = Atomic(raw)
    }

    deinit {
        close()
    }

    /// The descriptor's number, or -1 after `close` or `release`. Valid only while this object lives.
    public var raw: Int32 { number.load(ordering: .relaxed) }

    /// Whether the descriptor is still owned.
    public var isOpen: Bool { raw >= 0 }

    /// Closes now instead of at the end of life; harmless when repeated.
    public func close() {
        let open = number.exchange(-1, ordering: .relaxed)
        if open >= 0 { _ = skiff_close(open) }
    }

    /// Gives the descriptor up without closing it; the caller owns the number from now on.
    public func release() -> Int32 {
        number.exchange(-1, ordering: .relaxed)
    }

    /// A second descriptor for the same open file, close-on-exec.
    public func duplicate() throws(LinuxError) -> OwnedFD {
        try Self.duplicate(of: raw)
    }

    /// A second, owned descriptor for the open file behind a number, close-on-exec.
    public static func duplicate(of number: Int32) throws(LinuxError) -> OwnedFD {
        OwnedFD(try outcome(skiff_fcntl(number, F_DUPFD_CLOEXEC, 3)).orThrow("fcntl F_DUPFD_CLOEXEC", "\(number)"))
    }

    /// Makes reads and writes fail with EAGAIN instead of waiting, or wait again.
    public func setNonBlocking(_ on: Bool = true) throws(LinuxError) {
        let flags = try outcome(skiff_fcntl(raw, F_GETFL, 0)).orThrow("fcntl F_GETFL", "\(raw)")
        let wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
        _ = try outcome(skiff_fcntl(raw, F_SETFL, Int64(wanted))).orThrow("fcntl F_SETFL", "\(raw)")
    }

    /// Whether the descriptor survives `execve`.
    public func setInherited(_ on: Bool) throws(LinuxError) {
        _ = try outcome(skiff_fcntl(raw, F_SETFD, on ? 0 : Int64(FD_CLOEXEC))).orThrow("fcntl F_SETFD", "\(raw)")
    }

    /// The `/proc/self/fd` name of this descriptor.
    public var procPath: String { "/proc/self/fd/\(raw)" }

    /// `fd N`.
    public var description: String { "fd \(raw)" }

    /// Both ends of a new pipe, close-on-exec; `nonBlocking` applies to both.
    public static func pipe(nonBlocking: Bool = false) throws(LinuxError) -> (read: OwnedFD, write: OwnedFD) {
        var ends: [Int32] = [-1, -1]
        _ = try outcome(skiff_pipe(&ends, nonBlocking ? O_NONBLOCK : 0)).orThrow("pipe2")
        return (OwnedFD(ends[0]), OwnedFD(ends[1]))
    }
}
