import Glibc

/// An error number of the kernel, as a value.
public struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
    /// The positive number of errno.h.
    public let rawValue: Int32

    /// Wraps a positive error number.
    public init(_ rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// No such file or directory.
    public static let noEntry = Errno(ENOENT)
    /// File exists.
    public static let exists = Errno(EEXIST)
    /// Permission denied by mode bits or an access rule.
    public static let accessDenied = Errno(EACCES)
    /// Operation needs a privilege the caller lacks.
    public static let notPermitted = Errno(EPERM)
    /// Try again: the call would block.
    public static let wouldBlock = Errno(EAGAIN)
    /// A signal came before anything was done.
    public static let interrupted = Errno(EINTR)
    /// Invalid argument.
    public static let invalid = Errno(EINVAL)
    /// No space left on the device.
    public static let noSpace = Errno(ENOSPC)
    /// Device or resource busy.
    public static let busy = Errno(EBUSY)
    /// The kernel does not know this system call.
    public static let notImplemented = Errno(ENOSYS)
    /// The object does not support this operation.
    public static let notSupported = Errno(EOPNOTSUPP)
    /// The operation crosses file systems.
    public static let crossDevice = Errno(EXDEV)
    /// No such process.
    public static let noProcess = Errno(ESRCH)
    /// Not a directory.
    public static let notDirectory = Errno(ENOTDIR)
    /// Is a directory.
    public static let isDirectory = Errno(EISDIR)
    /// Directory not empty.
    public static let notEmpty = Errno(ENOTEMPTY)
    /// Too many symbolic links, or a link where none is allowed.
    public static let linkLoop = Errno(ELOOP)
    /// The reader of a pipe or socket is gone.
    public static let brokenPipe = Errno(EPIPE)
    /// The attribute does not exist.
    public static let noData = Errno(ENODATA)
    /// The buffer is too small for the answer.
    public static let outOfRange = Errno(ERANGE)
    /// Nobody listens.
    public static let connectionRefused = Errno(ECONNREFUSED)
    /// Message too long.
    public static let messageTooLong = Errno(EMSGSIZE)

    /// The C library's text, for example `no such file or directory`; lower case, no full stop.
    public var description: String {
        guard let text = strerror(rawValue) else { return "error \(rawValue)" }
        let full = String(cString: text)
        guard let first = full.first, full.dropFirst().first?.isUppercase != true else { return full }
        return first.lowercased() + full.dropFirst()
    }
}

/// Turns what the C layer returns (a value, or a negative error number) into a result.
@inlinable
package func outcome<Value: FixedWidthInteger & SignedInteger>(_ value: Value) -> Result<Value, Errno> {
    value < 0 ? .failure(Errno(Int32(-value))) : .success(value)
}

/// Repeats `call` while a signal interrupts it.
@inlinable
package func retrying<Value: FixedWidthInteger & SignedInteger>(_ call: () -> Value) -> Result<Value, Errno> {
    while true {
        let value = call()
        if value != -Value(EINTR) { return outcome(value) }
    }
}
