import Glibc

/// Waiting for any of several descriptors, poll(2).
public enum Readiness {
    /// Blocks until at least one descriptor can be read (or has ended) or the time is over; answers which can.
    /// - Parameter timeoutMilliseconds: -1 waits for ever.
    public static func wait(forInput descriptors: [Int32], timeoutMilliseconds: Int32 = -1) throws(LinuxError)
        -> Set<Int32>
    {
        var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            let count = poll(&entries, nfds_t(entries.count), timeoutMilliseconds)
            if count >= 0 { break }
            let failure = Errno(errno)
            guard failure == .interrupted else { throw LinuxError("poll", "\(descriptors)", failure) }
        }
        return Set(entries.filter { $0.revents != 0 }.map(\.fd))
    }
}
