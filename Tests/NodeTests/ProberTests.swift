import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Node

@Suite struct ProberTests {
    /// Answers every request with the status in its path, such as `/503`.
    private final class StatusByPath: ChannelInboundHandler, Sendable {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .head(let head) = unwrapInboundIn(data) else { return }
            let agent = head.headers.first(name: "User-Agent") ?? ""
            let code = agent.hasPrefix("kube-probe/") ? Int(head.uri.dropFirst()) ?? 200 : 400
            if code == 0 { return }
            let answer = HTTPResponseHead(
                version: .http1_1, status: HTTPResponseStatus(statusCode: code),
                headers: ["Content-Length": "0", "Location": "http://127.0.0.1:1/"])
            context.write(wrapOutboundOut(.head(answer)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }

    private func withServer(_ body: (Prober, Int) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(StatusByPath())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let prober = Prober(group: group)
        do { try await body(prober, server.localAddress?.port ?? 0) } catch { Issue.record(error) }
        try await prober.shutdown()
        try await server.close()
    }

    private func get(_ prober: Prober, _ port: Int, _ path: String) async -> String? {
        await prober.get(
            HTTPTarget(host: "", port: port, path: path), address: "127.0.0.1", timeout: .milliseconds(300))
    }

    @Test func statusesFrom200To399Succeed() async throws {
        try await withServer { prober, port in
            #expect(await get(prober, port, "/200") == nil)
            #expect(await get(prober, port, "/302") == nil)
            #expect(await get(prober, port, "/400") == "HTTP probe failed with statuscode: 400")
            #expect(await get(prober, port, "/503") == "HTTP probe failed with statuscode: 503")
        }
    }

    @Test func anAnswerThatDoesNotComeIsATimeout() async throws {
        try await withServer { prober, port in
            #expect(await get(prober, port, "/0")?.contains("context deadline exceeded") == true)
        }
    }

    @Test func connectionsAreTried() async throws {
        try await withServer { prober, port in
            #expect(await prober.connect(host: "127.0.0.1", port: port, timeout: .seconds(1)) == nil)
            let refused = await prober.connect(host: "127.0.0.1", port: 1, timeout: .seconds(1))
            #expect(refused?.hasPrefix("dial tcp 127.0.0.1:1:") == true)
            #expect(await get(prober, 1, "/")?.hasPrefix("Get \"http://127.0.0.1:1/\":") == true)
        }
    }
}
