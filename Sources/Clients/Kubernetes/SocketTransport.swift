import Synchronization
import SystemLinux

/// Reaches the API of a cluster of this machine through its unix socket, which only root may open. No thread, no TLS:
/// verbs start in no time.
final class SocketTransport: KubernetesTransport {
    /// Bytes of a whole reply at most.
    static let replyMaxBytes = 256 * 1024 * 1024

    let target: String
    private let path: String
    private let idle = Mutex<UnixStream?>(nil)

    init(path: String) {
        self.path = path
        self.target = "unix:\(path)"
    }

    func send(_ request: KubernetesRequest) throws(KubernetesClientError) -> KubernetesReply {
        do {
            let (connection, head) = try self.exchange(request)
            let reader = try DaemonBodyReader(connection: connection, head: head, method: request.method)
            let reply = try Self.whole(head, reader)
            if reader.isFinished, connection.pending.isEmpty, head.header("connection")?.lowercased() != "close" {
                self.idle.withLock { $0 = connection.stream }
            }
            return reply
        } catch { throw Self.translated(error) }
    }

    func open(_ request: KubernetesRequest) throws(KubernetesClientError) -> KubernetesOpened {
        do {
            let (connection, head) = try self.exchange(request)
            let reader = try DaemonBodyReader(connection: connection, head: head, method: request.method)
            if head.status >= 400 { return .refused(try Self.whole(head, reader)) }
            return .stream(SocketByteStream(connection: connection, reader: reader))
        } catch { throw Self.translated(error) }
    }

    private func exchange(_ request: KubernetesRequest) throws(DaemonError) -> (DaemonConnection, DaemonResponseHead) {
        var wire = DaemonRequest(request.method, request.path, query: request.query)
        wire.headers = [("Accept", request.accept), ("User-Agent", "skiff")]
        if let body = request.body { wire.body = .bytes(body.bytes, contentType: body.mediaType) }
        var bytes = RequestEncoding.head(of: wire, prefix: "", upgrade: false)
        bytes += request.body?.bytes ?? []
        let kept = self.idle.withLock { stream in
            defer { stream = nil }
            return stream
        }
        if let kept {
            do { return try Self.exchange(bytes, DaemonConnection(stream: kept)) } catch {
                // The server may have closed the idle connection; only what changes nothing is sent a second time.
                guard error.code == .connectionLost, request.method == "GET" else { throw error }
            }
        }
        return try Self.exchange(bytes, DaemonConnection(stream: try self.connect()))
    }

    private static func exchange(
        _ bytes: [UInt8], _ connection: DaemonConnection
    ) throws(DaemonError) -> (DaemonConnection, DaemonResponseHead) {
        try connection.send(bytes)
        return (connection, try connection.readHead())
    }

    private func connect() throws(DaemonError) -> UnixStream {
        do { return try UnixStream.connect(path: self.path) } catch {
            throw DaemonError(
                .notReachable, "cannot reach the cluster at \(self.path); start it with \"skiff up\" (as root)",
                cause: error)
        }
    }

    private static func whole(
        _ head: DaemonResponseHead, _ reader: DaemonBodyReader
    ) throws(DaemonError) -> KubernetesReply {
        var body: [UInt8] = []
        while let piece = try reader.next() {
            body += piece
            guard body.count <= Self.replyMaxBytes else {
                throw DaemonError(.replyTooLarge, "the reply is larger than \(Self.replyMaxBytes) bytes")
            }
        }
        let warnings = head.headers.filter { $0.name == "warning" }.map { WarningHeader.text($0.value) }
        return KubernetesReply(status: head.status, warnings: warnings, body: body)
    }

    static func translated(_ error: DaemonError) -> KubernetesClientError {
        KubernetesClientError(
            error.code == .malformedReply || error.code == .replyTooLarge ? .malformedReply : .unreachable,
            error.message, cause: error.cause)
    }
}

/// The body of an open reply on the unix socket.
private final class SocketByteStream: KubernetesByteStream {
    private let connection: DaemonConnection
    private let reader: DaemonBodyReader

    init(connection: DaemonConnection, reader: DaemonBodyReader) {
        self.connection = connection
        self.reader = reader
    }

    func next() throws(KubernetesClientError) -> [UInt8]? {
        do { return try self.reader.next() } catch { throw SocketTransport.translated(error) }
    }

    // The socket closes with the last reference to its descriptor; saying so early ends the server's watch at once.
    func close() { try? self.connection.stream.shutdownWrite() }
}
