import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL

/// The pipeline and the life of one accepted connection. Hummingbird's `Server` calls `setup` on the event loop and
/// `handle` in a task of its own.
struct HTTPConnectionChannel<Responder: HTTPResponder>: ServerChildChannel where Responder.Context == ServiceContext {
    /// A connection ready to be served.
    struct Value: ServerChildChannelValue {
        let parts: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
        let peer: HTTPPeer
        let signals: ConnectionSignals
        let isTLS: Bool
        var channel: any Channel { self.parts.channel }
    }

    let responder: Responder
    let limits: HTTPLimits
    let tls: TLSSettings?
    let isUnix: Bool
    let requestIDs: RequestIDs

    /// TLS context and the reader of client certificates.
    struct TLSSettings: Sendable {
        let context: NIOSSLContext
        let identify: @Sendable ([UInt8]) -> ClientIdentity?
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let tls = self.tls {
                try pipeline.addHandler(NIOSSLServerHandler(context: tls.context))
            }
            let signals = ConnectionSignals()
            let gate = ConnectionGate(heldLimit: self.limits.heldBytes, signals: signals)
            var decoderLimits = NIOHTTPDecoderLimitConfiguration()
            decoderLimits.maxHeaderFieldSize = self.limits.headerBytes
            decoderLimits.maxHeaderListSize = self.limits.headerBytes
            decoderLimits.maxHeaderFieldCount = self.limits.headerCount
            var encoding = HTTPResponseEncoder.Configuration()
            // The tail frames responses: it knows the request's method and version, the encoder does not.
            encoding.automaticallySetFramingHeaders = false
            let decoder = HTTPRequestDecoder(limitConfiguration: decoderLimits)
            try pipeline.addHandlers([
                gate, HTTPResponseEncoder(configuration: encoding), ByteToMessageHandler(decoder),
                ConnectionTail(gate: gate), HTTP1ToHTTPServerCodec(secure: self.tls != nil),
                HTTPConnectionStateHandler(idleTimeout: .seconds(self.limits.idleSeconds), logger: logger),
            ])
            let parts = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
                wrappingChannelSynchronously: channel,
                configuration: .init(isOutboundHalfClosureEnabled: true)
            )
            let peer =
                try self.isUnix ? PeerCredentials.read(from: channel) : .network(Self.text(channel.remoteAddress))
            return Value(parts: parts, peer: peer, signals: signals, isTLS: self.tls != nil)
        }
    }

    func handle(value: Value, logger: Logger) async {
        let connection = HTTPConnection(channel: self, value: value, logger: logger)
        do {
            try await withTaskCancellationHandler {
                try await value.parts.executeThenClose { inbound, outbound in
                    await connection.serve(PartReader(inbound), outbound)
                }
            } onCancel: {
                value.channel.close(promise: nil)
            }
        } catch {
            logger.trace("connection ended", metadata: ["error": "\(error)"])
        }
    }

    private static func text(_ address: SocketAddress?) -> String {
        guard let address, let host = address.ipAddress, let port = address.port else { return "unknown" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
