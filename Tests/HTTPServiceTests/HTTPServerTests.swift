import HTTPService
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SystemLinux
import Testing

/// Everything over a loopback socket: what clients see on the wire.
@Suite struct HTTPServerTests {
    static func router() -> Router<ServiceContext> {
        let router = Router(context: ServiceContext.self)
        router.get("hello") { _, _ in "hello" }
        router.get("who") { _, context in "\(context.peer.uid ?? 4711)" }
        router.get("path/**") { request, _ in (request.pathSegments ?? ["?"]).joined(separator: "|") }
        router.post("echo") { request, _ in
            String(buffer: try await request.body.collect(upTo: 1024))
        }
        router.post("ignore") { _, _ in "ignored" }
        router.get("stream") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "one"))
                    try await writer.write(ByteBuffer(string: "two"))
                    try await writer.finish(nil)
                })
        }
        for path: RouterPath in ["raw", "upgrade"] {
            router.post(path) { request, _ in
                let body = String(buffer: try await request.body.collect(upTo: 1024))
                let isUpgrade = request.rawPath == "/upgrade"
                return Response.hijack(
                    status: isUpgrade ? .init(code: 101, reasonPhrase: "UPGRADED") : .ok,
                    headers: isUpgrade ? [.connection: "Upgrade", .upgrade: "tcp"] : [.contentType: "raw/stream"]
                ) { stream in
                    try await stream.write("[\(body)]".utf8)
                    for try await buffer in stream.inbound { try await stream.write(buffer) }
                    try await stream.write("bye".utf8)
                }
            }
        }
        return router
    }

    /// Runs a conversation with a fresh server on a free loopback port.
    static func talk<Result: Sendable>(
        limits: HTTPLimits = HTTPLimits(), router: Router<ServiceContext> = router(),
        _ body: @Sendable (RawClient.Conversation) async throws -> Result
    ) async throws -> Result {
        let server = HTTPServer(
            name: "test", listener: .tcp(host: "127.0.0.1", port: 0), responder: router.buildResponder(),
            limits: limits, logger: Logger(label: "test"))
        let address = try await server.start()
        do {
            let result = try await RawClient.connect(to: address).use(body)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    @Test func answersSeveralRequestsOnOneConnection() async throws {
        let answers = try await Self.talk { wire in
            try await wire.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            let first = try await wire.read(through: "\r\n\r\nhello")
            try await wire.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
            return (first, try await wire.read(through: "\r\n\r\nabc"))
        }
        #expect(answers.0.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answers.0.lowercased().contains("content-length: 5\r\n"))
        #expect(answers.1.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        let text = try await Self.talk { wire in
            try await wire.send(
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return try await wire.readToEnd()
        }
        #expect(text.ranges(of: "HTTP/1.1 200 OK").count == 3)
        #expect(text.hasSuffix("\r\n\r\nhello"))
    }

    @Test func streamsWithChunksAndKeepsTheConnection() async throws {
        let text = try await Self.talk { wire in
            try await wire.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            let stream = try await wire.read(through: "0\r\n\r\n")
            try await wire.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            return stream + (try await wire.read(through: "hello"))
        }
        #expect(text.contains("transfer-encoding: chunked"))
        #expect(text.contains("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"))
        #expect(text.hasSuffix("hello"))
    }

    @Test func readsChunkedBodies() async throws {
        let text = try await Self.talk { wire in
            try await wire.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nab")
            try await wire.send("c\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            return try await wire.read(through: "hello")
        }
        #expect(text.contains("\r\n\r\nabcde"))
    }

    @Test func hijacksWithUpgradeAfterReadingTheBody() async throws {
        let (head, rest) = try await Self.talk { wire in
            // A kept-alive connection that was used before, and bytes of the stream right behind the body.
            try await wire.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await wire.read(through: "hello")
            try await wire.send(
                "POST /upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\nhiearly"
            )
            let head = try await wire.read(through: "\r\n\r\n")
            let early = try await wire.read(through: "[hi]early")
            try await wire.send("late")
            wire.finish()
            return (head, early + (try await wire.readToEnd()))
        }
        #expect(head == "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
        #expect(rest == "[hi]earlylatebye")
    }

    @Test func hijacksWithoutUpgradeAndKeepsEarlyBytes() async throws {
        let text = try await Self.talk { wire in
            try await wire.send("POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiGET / \u{1} not http")
            wire.finish()
            return try await wire.readToEnd()
        }
        #expect(text == "HTTP/1.1 200 OK\r\nContent-Type: raw/stream\r\n\r\n[hi]GET / \u{1} not httpbye")
    }

    @Test func writesAfterTheClientHalfClosed() async throws {
        let text = try await Self.talk { wire in
            try await wire.send("POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            wire.finish()
            return try await wire.readToEnd()
        }
        #expect(text.hasSuffix("\r\n\r\n[]bye"))
    }

    @Test func answersExpectContinueOnlyWhenTheBodyIsRead() async throws {
        let text = try await Self.talk { wire in
            try await wire.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            let interim = try await wire.read(through: "HTTP/1.1 100 Continue\r\n\r\n")
            try await wire.send("abc")
            return interim + (try await wire.read(through: "abc"))
        }
        #expect(text.hasPrefix("HTTP/1.1 100 Continue"))
        let declined = try await Self.talk { wire in
            try await wire.send("POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            return try await wire.readToEnd()
        }
        #expect(!declined.contains("100 Continue"))
        #expect(declined.lowercased().contains("connection: close"))
    }

    @Test func refusesWhatIsNotHTTP() async throws {
        let text = try await Self.talk { wire in
            try await wire.send("this is not http\r\n\r\n")
            return try await wire.readToEnd()
        }
        #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
    }

    @Test func refusesHeadersBeyondTheLimit() async throws {
        let text = try await Self.talk(limits: HTTPLimits(headerBytes: 1000)) { wire in
            try await wire.send("GET /hello HTTP/1.1\r\nHost: x\r\nBig: \(String(repeating: "a", count: 2000))\r\n\r\n")
            return try await wire.readToEnd()
        }
        #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
    }

    @Test func refusesBodiesBeyondTheRoutesLimit() async throws {
        let text = try await Self.talk { wire in
            try await wire.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n")
            try await wire.send(String(repeating: "a", count: 2000))
            return try await wire.read(through: "\r\n\r\n")
        }
        #expect(text.hasPrefix("HTTP/1.1 413 "))
    }

    @Test func answersHeadWithoutBody() async throws {
        let router = Router(context: ServiceContext.self, options: .autoGenerateHeadEndpoints)
        router.get("hello") { _, _ in "hello" }
        let text = try await Self.talk(router: router) { wire in
            try await wire.send("HEAD /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return try await wire.readToEnd()
        }
        #expect(text.lowercased().contains("content-length: 5"))
        #expect(text.hasSuffix("\r\n\r\n"))
    }

    @Test func keepsEncodedSlashesInSegments() async throws {
        let text = try await Self.talk { wire in
            try await wire.send("GET /path/a%2Fb/c%20d?x=/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return try await wire.readToEnd()
        }
        #expect(text.hasSuffix("path|a/b|c d"))
    }

    @Test func closesOldHTTPAfterAStream() async throws {
        let text = try await Self.talk { wire in
            try await wire.send("GET /stream HTTP/1.0\r\n\r\n")
            return try await wire.readToEnd()
        }
        #expect(text.lowercased().contains("connection: close"))
        #expect(text.hasSuffix("\r\n\r\nonetwo"))
    }

    @Test func cancelsAStreamWhenTheClientLeaves() async throws {
        let ended = AsyncStream<Bool>.makeStream()
        let router = Router(context: ServiceContext.self)
        router.get("forever") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "tick"))
                    let never = AsyncStream<Void>.makeStream()
                    for await _ in never.stream {}
                    ended.continuation.yield(Task.isCancelled)
                })
        }
        try await Self.talk(router: router) { wire in
            try await wire.send("GET /forever HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await wire.read(through: "tick")
        }
        for await cancelled in ended.stream {
            #expect(cancelled)
            break
        }
    }

    @Test func servesUnixSocketsWithPeerAndMode() async throws {
        let path = "/tmp/skiff-http-\(UInt64.random(in: 0..<UInt64.max)).sock"
        let server = HTTPServer(
            name: "unix", listener: .unix(path: path), responder: Self.router().buildResponder(),
            logger: Logger(label: "test"))
        let address = try await server.start()
        let text = try await RawClient.connect(to: address).use { wire in
            try await wire.send("GET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return try await wire.readToEnd()
        }
        #expect(!text.hasSuffix("4711"))
        #expect(try File.status(path).mode & 0o777 == 0o600)
        await server.stop()
        #expect(!File.exists(path))
    }

    @Test func saysWhichAddressIsTaken() async throws {
        let first = HTTPServer(
            name: "first", listener: .tcp(host: "127.0.0.1", port: 0), responder: Self.router().buildResponder(),
            logger: Logger(label: "test"))
        let port = try #require(try await first.start().port)
        let second = HTTPServer(
            name: "second", listener: .tcp(host: "127.0.0.1", port: port), responder: Self.router().buildResponder(),
            logger: Logger(label: "test"))
        let error = await #expect(throws: HTTPServiceError.self) { try await second.start() }
        #expect(error?.code == .listenFailed)
        #expect(error?.message.contains("127.0.0.1:\(port)") == true)
        await first.stop()
    }
}
