import Document
import HTTPService
import HTTPTypes
import HummingbirdCore
import KubernetesAPI
import Logging
import NIOConcurrencyHelpers
import NIOCore

/// Calls the API without a socket.
struct APIClient {
    let api: KubernetesAPI
    var peer = HTTPPeer.unix(uid: 0, gid: 0, pid: 1)
    var identity: ClientIdentity?
    var headers: HTTPFields = [:]

    struct Answer {
        let status: Int
        let headers: HTTPFields
        let body: [UInt8]

        var json: JSONValue { (try? JSONReader.parse(self.body)) ?? .null }
        var text: String { String(decoding: self.body, as: UTF8.self) }
    }

    func request(
        _ method: HTTPRequest.Method, _ target: String, _ body: String = "", headers extra: HTTPFields = [:]
    ) async -> Response {
        var head = HTTPRequest(method: method, scheme: "https", authority: "x", path: target)
        for field in self.headers { head.headerFields.append(field) }
        for field in extra { head.headerFields[field.name] = field.value }
        let source = ServiceContextSource(
            logger: Logger(label: "test"), peer: self.peer, clientIdentity: self.identity)
        return await self.api.respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body))),
            context: ServiceContext(source: source))
    }

    func call(
        _ method: HTTPRequest.Method, _ target: String, _ body: String = "", headers: HTTPFields = [:]
    ) async throws -> Answer {
        let response = await self.request(method, target, body, headers: headers)
        let writer = CollectingWriter()
        try await response.body.write(writer)
        return Answer(status: response.status.code, headers: response.headers, body: writer.bytes)
    }
}

/// Keeps what a response body writes.
struct CollectingWriter: ResponseBodyWriter {
    private let box = NIOLockedValueBox<[UInt8]>([])

    var bytes: [UInt8] { self.box.withLockedValue { $0 } }

    mutating func write(_ buffer: ByteBuffer) async throws {
        self.box.withLockedValue { $0 += buffer.readableBytesView }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
