import HTTPService
import NIOCore
import NIOPosix
import NIOSSL

/// A client that sends and receives bytes as they are, so tests see the wire.
final class RawClient: Sendable {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private init(channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>) {
        self.channel = channel
    }

    static func connect(to address: BoundAddress, tls: TLSConfiguration? = nil) async throws -> RawClient {
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let bootstrap = ClientBootstrap(group: ServiceEventLoops.shared)
            .channelOption(.allowRemoteHalfClosure, value: true)
        let wrap: @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> = { channel in
            channel.eventLoop.makeCompletedFuture {
                if let context {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: nil))
                }
                return try NIOAsyncChannel(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            }
        }
        switch address {
        case .unix(let path):
            return RawClient(
                channel: try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: wrap))
        case .tcp(let host, let port):
            return RawClient(channel: try await bootstrap.connect(host: host, port: port, channelInitializer: wrap))
        }
    }

    /// Runs `body` with the connection, then closes it.
    func use<Result: Sendable>(_ body: @Sendable (Conversation) async throws -> Result) async throws -> Result {
        try await self.channel.executeThenClose { inbound, outbound in
            try await body(Conversation(inbound: inbound, outbound: outbound))
        }
    }

    /// Both directions of a connection.
    final class Conversation {
        private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
        private var buffered = ""

        init(inbound: NIOAsyncChannelInboundStream<ByteBuffer>, outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) {
            self.iterator = inbound.makeAsyncIterator()
            self.outbound = outbound
        }

        func send(_ text: String) async throws {
            try await self.outbound.write(ByteBuffer(string: text))
        }

        func finish() { self.outbound.finish() }

        /// Reads until `marker` has come, returns everything up to and including it.
        func read(through marker: String) async throws -> String {
            while true {
                if let range = self.buffered.firstRange(of: marker) {
                    let head = String(self.buffered[..<range.upperBound])
                    self.buffered = String(self.buffered[range.upperBound...])
                    return head
                }
                guard let buffer = try await self.iterator.next() else { throw Missing(marker, self.buffered) }
                self.buffered += String(buffer: buffer)
            }
        }

        /// Reads to the server's end of stream.
        func readToEnd() async throws -> String {
            while let buffer = try await self.iterator.next() { self.buffered += String(buffer: buffer) }
            defer { self.buffered = "" }
            return self.buffered
        }
    }

    /// The connection ended before the expected text came.
    struct Missing: Error, CustomStringConvertible {
        let description: String
        init(_ marker: String, _ got: String) {
            self.description = "connection ended without \(marker.debugDescription), got \(got.debugDescription)"
        }
    }
}
