import Document
import Synchronization
import SystemLinux

/// A small blocking HTTP/1.1 client for the daemon's unix socket.
///
/// It has no event loop, so the command line starts in no time. Every call blocks its caller until the reply (or,
/// for streams, its head) is there. Safe to use from several threads; each request has a connection to itself, and
/// one idle connection is kept for the next.
public final class DaemonClient: Sendable {
    /// The largest body that `send` reads whole, in bytes; streams have no limit.
    public static let replyMaxBytes = 256 * 1024 * 1024
    /// The Engine API version this client speaks; the prefix of every path but `/skiff/…`.
    public static let apiVersion = "v1.47"

    /// The path of the unix socket.
    public let socketPath: String
    private let idle = Mutex<UnixStream?>(nil)

    /// Makes a client; nothing is opened before the first request.
    public init(socketPath: String) {
        self.socketPath = socketPath
    }

    /// Whether something accepts connections on the socket; the connection made is kept for the first request.
    public var isReachable: Bool {
        guard let stream = try? UnixStream.connect(path: socketPath) else { return false }
        idle.withLock { $0 = stream }
        return true
    }

    /// Sends `request` and reads the whole reply.
    /// - Throws: `DaemonError`; a status of 400 or above is `.refused` with the daemon's own message.
    public func send(_ request: DaemonRequest) throws(DaemonError) -> DaemonResponse {
        let (connection, head) = try exchange(request)
        let reader = try DaemonBodyReader(connection: connection, head: head, method: request.method)
        let body = try readWhole(reader)
        if reader.isFinished, connection.pending.isEmpty, head.header("connection")?.lowercased() != "close" {
            idle.withLock { $0 = connection.stream }
        }
        guard head.status < 400 else {
            throw DaemonError(.refused(head.status), ResponseDecoding.message(of: body, status: head.status))
        }
        return DaemonResponse(head: head, body: body)
    }

    /// Sends a request whose body, if any, is JSON, and reads the reply as JSON (`null` when it has no body).
    public func json(
        _ method: String,
        _ path: String,
        query: [(name: String, value: String)] = [],
        body: JSONValue? = nil
    ) throws(DaemonError) -> JSONValue {
        var request = DaemonRequest(method, path, query: query)
        if let body {
            request.body = .bytes(JSONWriter.bytes(body), contentType: "application/json")
        }
        return try send(request).json()
    }

    /// Sends `request` and hands back the reply's body as a stream, as soon as the head is there.
    /// - Throws: as `send`; after the head, errors come from the stream.
    public func open(_ request: DaemonRequest) throws(DaemonError) -> DaemonStream {
        let (connection, head) = try exchange(request)
        let reader = try DaemonBodyReader(connection: connection, head: head, method: request.method)
        guard head.status < 400 else {
            let body = try readWhole(reader)
            throw DaemonError(.refused(head.status), ResponseDecoding.message(of: body, status: head.status))
        }
        return DaemonStream(head: head, reader: reader, connection: connection)
    }

    /// Sends `request` with `Upgrade: tcp` and hands back the raw connection after 101 (or a raw 200).
    /// - Throws: as `send`.
    public func hijack(_ request: DaemonRequest) throws(DaemonError) -> DaemonHijack {
        let connection = DaemonConnection(stream: try connect())
        try write(request, on: connection, upgrade: true)
        let head = try connection.readHead()
        guard head.status == 101 || head.status == 200 else {
            let reader = try DaemonBodyReader(connection: connection, head: head, method: request.method)
            let body = try readWhole(reader)
            throw DaemonError(.refused(head.status), ResponseDecoding.message(of: body, status: head.status))
        }
        return DaemonHijack(head: head, stream: connection.stream, leftover: connection.takePending())
    }

    // MARK: - One exchange

    private func exchange(_ request: DaemonRequest) throws(DaemonError) -> (DaemonConnection, DaemonResponseHead) {
        if case .stream = request.body {
            return try exchange(request, on: DaemonConnection(stream: try connect()))
        }
        if let kept = takeIdle() {
            do {
                return try exchange(request, on: kept)
            } catch {
                // The daemon may close an idle connection at any time. A request that provably was not answered
                // is repeated once on a fresh one, but only if repeating it cannot do the work twice.
                guard error.code == .connectionLost, request.method == "GET" || request.method == "HEAD" else {
                    throw error
                }
            }
        }
        return try exchange(request, on: DaemonConnection(stream: try connect()))
    }

    private func exchange(
        _ request: DaemonRequest,
        on connection: DaemonConnection
    ) throws(DaemonError) -> (DaemonConnection, DaemonResponseHead) {
        do {
            try write(request, on: connection, upgrade: false)
        } catch {
            // A server that refuses an upload answers before it has read all of it; its answer says more than EPIPE.
            guard error.code == .connectionLost, let head = try? connection.readHead() else { throw error }
            return (connection, head)
        }
        return (connection, try connection.readHead())
    }

    private func write(
        _ request: DaemonRequest,
        on connection: DaemonConnection,
        upgrade: Bool
    ) throws(DaemonError) {
        let prefix = request.path.hasPrefix("/skiff/") ? "" : "/\(Self.apiVersion)"
        var head = RequestEncoding.head(of: request, prefix: prefix, upgrade: upgrade)
        switch request.body {
        case .none:
            try connection.send(head)
        case .bytes(let bytes, _):
            head += bytes
            try connection.send(head)
        case .stream(_, let next):
            try connection.send(head)
            try writeChunks(next, on: connection)
        }
    }

    private func writeChunks(
        _ next: @Sendable () throws -> [UInt8]?,
        on connection: DaemonConnection
    ) throws(DaemonError) {
        while true {
            let piece: [UInt8]?
            do {
                piece = try next()
            } catch {
                throw DaemonError(.connectionLost, "could not read what was to be sent to the daemon", cause: error)
            }
            guard let piece else { break }
            if piece.isEmpty { continue }
            var chunk = Array("\(String(piece.count, radix: 16))\r\n".utf8)
            chunk += piece
            chunk += [13, 10]
            try connection.send(chunk)
        }
        try connection.send(Array("0\r\n\r\n".utf8))
    }

    private func readWhole(_ reader: DaemonBodyReader) throws(DaemonError) -> [UInt8] {
        var body: [UInt8] = []
        while let piece = try reader.next() {
            body += piece
            guard body.count <= Self.replyMaxBytes else {
                throw DaemonError(.replyTooLarge, "the daemon's reply is larger than \(Self.replyMaxBytes) bytes")
            }
        }
        return body
    }

    // MARK: - Connections

    private func connect() throws(DaemonError) -> UnixStream {
        do {
            return try UnixStream.connect(path: socketPath)
        } catch {
            throw DaemonError(
                .notReachable,
                "cannot reach the skiff daemon at \(socketPath); start it with \"skiff up\" (as root)",
                cause: error
            )
        }
    }

    private func takeIdle() -> DaemonConnection? {
        idle.withLock { stream in
            defer { stream = nil }
            return stream
        }.map { DaemonConnection(stream: $0) }
    }
}
