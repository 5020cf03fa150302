import CLinux
import Glibc

/// A process by descriptor: unlike a number it can never come to mean another process.
public struct PidFD: Sendable {
    /// The descriptor: readable when the process has ended.
    public let descriptor: OwnedFD

    /// Opens the process that has this number now.
    public init(_ pid: Int32) throws(LinuxError) {
        descriptor = OwnedFD(try outcome(skiff_pidfd_open(pid, 0)).orThrow("pidfd_open", "\(pid)"))
    }

    /// Wraps a descriptor.
    public init(_ descriptor: OwnedFD) {
        self.descriptor = descriptor
    }

    /// Sends a signal; `notFound` when the process has ended.
    public func send(_ signal: Int32) throws(LinuxError) {
        _ = try outcome(skiff_pidfd_send_signal(descriptor.raw, signal)).orThrow("pidfd_send_signal", "\(signal)")
    }

    /// Waits until the process has ended, at most so long (-1 for ever); whether it has. Blocks.
    public func wait(milliseconds: Int32) throws(LinuxError) -> Bool {
        let ready = try outcome(skiff_poll_one(descriptor.raw, Int16(POLLIN), milliseconds)).orThrow("poll", "pidfd")
        return ready != 0
    }
}
