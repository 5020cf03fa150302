import Document
import Effects
import HTTPService
import HTTPTypes
import Hummingbird
import Images
import Logging
import NIOCore
import OCI
import Registry
import Synchronization

/// A registry in front of another one that wants tokens, and misbehaves on demand: Docker Hub in small.
final class TokenService: HTTPResponder {
    typealias Context = ServiceContext

    /// What the service does besides asking for tokens.
    struct Behaviour {
        /// Only this login gets a token; nil lets everyone in.
        var login: String?
        /// Blob downloads end after so many bytes, once per blob.
        var cutsBlobsAfter: Int?
        /// The first answers are 503.
        var failures = 0
    }

    private struct State {
        var behaviour: Behaviour
        var cut: Set<String> = []
        var tokenRequests = 0
        var ranges: [String] = []
    }

    private let inner: RegistryResponder
    private let port = Mutex(0)
    private let state: Mutex<State>

    init(_ inner: RegistryResponder, _ behaviour: Behaviour) {
        self.inner = inner
        state = Mutex(State(behaviour: behaviour))
    }

    var tokenRequests: Int { state.withLock { $0.tokenRequests } }
    var ranges: [String] { state.withLock { $0.ranges } }
    func listens(on number: Int) { port.withLock { $0 = number } }

    func respond(to request: Request, context: ServiceContext) async throws -> Response {
        if request.rawPath == "/token" { return token(request) }
        let fails = state.withLock { state in
            state.behaviour.failures -= 1
            return state.behaviour.failures >= 0
        }
        if fails { return Response(status: .serviceUnavailable, headers: [.retryAfter: "1"]) }
        guard request.headers[.authorization] == "Bearer opaque" else {
            let realm = "http://127.0.0.1:\(port.withLock { $0 })/token"
            return Response(
                status: .unauthorized, headers: [.wwwAuthenticate: "Bearer realm=\"\(realm)\",service=\"small\""])
        }
        let response = try await inner.respond(to: request, context: context)
        return cut(response, request)
    }

    private func token(_ request: Request) -> Response {
        let allowed = state.withLock { state in
            state.tokenRequests += 1
            guard let login = state.behaviour.login else { return true }
            return request.headers[.authorization] == "Basic " + Base64.encode(Array(login.utf8))
        }
        guard allowed else { return Response(status: .unauthorized) }
        return Response(
            status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: #"{"token":"opaque","expires_in":300}"#)))
    }

    private func cut(_ response: Response, _ request: Request) -> Response {
        if let range = request.headers[.range] { state.withLock { $0.ranges.append(range) } }
        let path = String(request.rawPath)
        let limit = state.withLock { state -> Int? in
            guard request.method == .get, path.contains("/blobs/"), let limit = state.behaviour.cutsBlobsAfter else {
                return nil
            }
            return state.cut.insert(path).inserted ? limit : nil
        }
        guard let limit, let length = response.body.contentLength, length > limit else { return response }
        var broken = response
        broken.body = ResponseBody(contentLength: length) { writer in
            try await writer.write(ByteBuffer(repeating: 0, count: 0))
            try await response.body.write(CuttingWriter(inner: writer, rest: limit))
        }
        return broken
    }

    /// Passes on some bytes, then breaks the connection.
    private struct CuttingWriter: ResponseBodyWriter {
        struct Cut: Error {}

        var inner: any ResponseBodyWriter
        var rest: Int

        mutating func write(_ buffer: ByteBuffer) async throws {
            var buffer = buffer
            guard let part = buffer.readSlice(length: min(rest, buffer.readableBytes)) else { return }
            try await inner.write(part)
            rest -= part.readableBytes
            if rest == 0 { throw Cut() }
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws { throw Cut() }
    }
}
