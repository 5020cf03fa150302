import CLinux
import Glibc

/// Who is on the other side of a unix socket, as the kernel recorded it at connect time.
public struct PeerCredentials: Sendable, Hashable {
    /// Process id in the reader's pid namespace; may be gone already.
    public let processID: Int32
    /// Effective user id.
    public let userID: UInt32
    /// Effective group id.
    public let groupID: UInt32
}

/// Unix sockets by path, with descriptor passing. Calls block unless the socket is non-blocking.
public enum UnixSocket {
    /// The socket's type.
    public enum Kind: Int32, Sendable {
        /// A byte stream.
        case stream = 1
        /// Ordered messages with boundaries.
        case seqpacket = 5
    }

    /// One message and the descriptors that came with it.
    public struct Message: Sendable {
        /// The payload.
        public let bytes: [UInt8]
        /// Received descriptors, close-on-exec, owned.
        public let descriptors: [OwnedFD]
    }

    /// The longest path a unix socket can have, in bytes.
    public static let pathLimit = 107

    /// A listening socket at `path`, replacing a stale one. The file gets `mode` before anybody can connect.
    public static func listen(
        _ path: String, kind: Kind, mode: UInt32 = 0o600, backlog: Int32 = 128, nonBlocking: Bool = false
    ) throws(LinuxError) -> OwnedFD {
        let socket = try make(kind, nonBlocking: nonBlocking)
        try File.remove(path, ifExists: true)
        _ = try outcome(skiff_unix_bind(socket.raw, path)).orThrow("bind", path)
        // Between bind and listen nobody can connect, so the mode holds from the first connection on.
        try File.setMode(path, mode)
        _ = try outcome(skiff_listen(socket.raw, backlog)).orThrow("listen", path)
        return socket
    }

    /// Connects to the socket at `path`.
    public static func connect(_ path: String, kind: Kind) throws(LinuxError) -> OwnedFD {
        let socket = try make(kind, nonBlocking: false)
        _ = try retrying { skiff_unix_connect(socket.raw, path) }.orThrow("connect", path)
        return socket
    }

    /// Two connected sockets.
    public static func pair(_ kind: Kind, nonBlocking: Bool = false) throws(LinuxError) -> (OwnedFD, OwnedFD) {
        var ends: [Int32] = [-1, -1]
        let flags = nonBlocking ? Int32(SOCK_NONBLOCK.rawValue) : 0
        _ = try outcome(skiff_unix_pair(kind.rawValue, flags, &ends)).orThrow("socketpair")
        return (OwnedFD(ends[0]), OwnedFD(ends[1]))
    }

    /// The next connection; nil when the listener is non-blocking and none waits.
    public static func accept(_ listener: OwnedFD, nonBlocking: Bool = false) throws(LinuxError) -> OwnedFD? {
        let flags = nonBlocking ? Int32(SOCK_NONBLOCK.rawValue) : 0
        switch retrying({ skiff_accept(listener.raw, flags) }) {
        case .success(let fd): return OwnedFD(fd)
        case .failure(.wouldBlock): return nil
        case .failure(let errno): throw LinuxError("accept", listener.description, errno)
        }
    }

    /// Who connected to, or accepted on, this socket.
    public static func peer(of socket: OwnedFD) throws(LinuxError) -> PeerCredentials {
        var (pid, uid, gid): (Int32, UInt32, UInt32) = (0, 0, 0)
        _ = try outcome(skiff_peer_credentials(socket.raw, &pid, &uid, &gid))
            .orThrow("getsockopt SO_PEERCRED", socket.description)
        return PeerCredentials(processID: pid, userID: uid, groupID: gid)
    }

    /// Sends one message with at most 253 descriptors; they stay owned by the caller. `EAGAIN` when the socket is
    /// non-blocking, or `wait` is false, and its buffer is full. Never raises SIGPIPE.
    public static func send(
        _ bytes: [UInt8], descriptors: [Int32] = [], on socket: OwnedFD, wait: Bool = true
    ) throws(LinuxError) {
        _ = try trySend(bytes, descriptors: descriptors, on: socket, wait: wait)
            .orThrow("sendmsg", socket.description)
    }

    /// Like `send`, as a result.
    public static func trySend(
        _ bytes: [UInt8], descriptors: [Int32] = [], on socket: OwnedFD, wait: Bool = true
    ) -> Result<Int64, Errno> {
        let flags = wait ? 0 : Int32(MSG_DONTWAIT)
        return outcome(skiff_send_fds(socket.raw, bytes, bytes.count, descriptors, descriptors.count, flags))
    }

    /// Receives one message of at most `room` bytes; nil when the other side closed. `EMSGSIZE` when it was larger
    /// or carried more than 253 descriptors; `EAGAIN` when nothing waits on a non-blocking socket.
    public static func receive(on socket: OwnedFD, room: Int, wait: Bool = true) throws(LinuxError) -> Message? {
        var descriptors = [Int32](repeating: -1, count: Int(SKIFF_MAX_DESCRIPTORS))
        var count = descriptors.count
        var failure: Errno?
        let flags = wait ? 0 : Int32(MSG_DONTWAIT)
        let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
            switch outcome(skiff_receive_fds(socket.raw, buffer.baseAddress, room, &descriptors, &count, flags)) {
            case .success(let received): filled = Int(received)
            case .failure(let errno): (filled, failure) = (0, errno)
            }
        }
        if failure == Errno(ECONNRESET) { return nil }
        if let failure { throw LinuxError("recvmsg", socket.description, failure) }
        let owned = descriptors.prefix(count).map { OwnedFD($0) }
        return bytes.isEmpty && owned.isEmpty ? nil : Message(bytes: bytes, descriptors: owned)
    }

    private static func make(_ kind: Kind, nonBlocking: Bool) throws(LinuxError) -> OwnedFD {
        let flags = nonBlocking ? Int32(SOCK_NONBLOCK.rawValue) : 0
        return OwnedFD(try outcome(skiff_unix_socket(kind.rawValue, flags)).orThrow("socket AF_UNIX"))
    }
}

extension UnixSocket {
    /// Ends both directions: a thread that waits in `receive` wakes with nil.
    public static func shutdown(_ socket: OwnedFD) {
        _ = skiff_shutdown(socket.raw, Int32(SHUT_RDWR))
    }
}
