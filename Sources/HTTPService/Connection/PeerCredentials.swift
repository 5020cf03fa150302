import NIOCore

/// `struct ucred` of unix(7): who connected to a unix socket.
struct PeerCredentials {
    var pid: Int32 = 0
    var uid: UInt32 = .max
    var gid: UInt32 = .max

    /// SO_PEERCRED, socket(7); the same number on every architecture we build for.
    private static let option = NIOBSDSocket.Option(rawValue: 17)

    /// Asks the kernel; must run on the channel's event loop. Throws the socket's error.
    static func read(from channel: any Channel) throws -> HTTPPeer {
        guard let provider = channel as? any SocketOptionProvider else {
            throw HTTPServiceError(.listenFailed, "peer credentials are not available on \(type(of: channel))")
        }
        // On the channel's own loop the future is already complete.
        var answer: Result<PeerCredentials, any Error>?
        let future: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .socket, name: Self.option)
        future.assumeIsolated().whenComplete { answer = $0 }
        guard let answer else { throw HTTPServiceError(.listenFailed, "peer credentials were not read") }
        let credentials = try answer.get()
        return .unix(uid: credentials.uid, gid: credentials.gid, pid: credentials.pid)
    }
}
