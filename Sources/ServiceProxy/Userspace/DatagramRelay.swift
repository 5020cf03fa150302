import NFTables
import NIOCore
import NIOPosix

/// Carries UDP: each client gets a socket of its own towards its endpoint, until it is silent.
final class DatagramRelay: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    /// How many clients one address serves at a time; datagrams of further ones are dropped.
    static let clientLimit = 1024
    /// How long a client may be silent.
    static let idleTime: TimeAmount = .seconds(60)

    private let choose: (IPv4Address?) -> Backend?
    private var clients: [SocketAddress: EventLoopFuture<any Channel>] = [:]

    init(choose: @escaping @Sendable (IPv4Address?) -> Backend?) { self.choose = choose }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let payload = envelope.data
        guard let upstream = upstream(for: envelope.remoteAddress, context) else { return }
        upstream.whenSuccess { $0.writeAndFlush(payload, promise: nil) }
    }

    private func upstream(
        for client: SocketAddress,
        _ context: ChannelHandlerContext
    ) -> EventLoopFuture<any Channel>? {
        if let known = clients[client] { return known }
        guard clients.count < Self.clientLimit,
            let backend = choose(client.ipAddress.flatMap { IPv4Address($0) }),
            let address = try? SocketAddress(ipAddress: backend.address.description, port: Int(backend.port))
        else { return nil }
        let (listener, loop) = (context.channel, context.eventLoop)
        let opened = DatagramBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(IdleStateHandler(allTimeout: Self.idleTime))
                    try pipeline.addHandler(DatagramReturn(listener: listener, client: client, server: address))
                }
            }
            .connect(to: address)
        clients[client] = opened
        let bound = NIOLoopBound(self, eventLoop: loop)
        opened.whenFailure { _ in bound.value.clients[client] = nil }
        opened.flatMap(\.closeFuture).whenComplete { _ in bound.value.clients[client] = nil }
        return opened
    }

    func channelInactive(context: ChannelHandlerContext) {
        for upstream in clients.values { upstream.whenSuccess { $0.close(promise: nil) } }
        clients = [:]
    }

    /// An ICMP error of one client must not close the socket of all.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// Carries one client's answers back.
private final class DatagramReturn: ChannelDuplexHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let listener: any Channel
    private let client: SocketAddress
    private let server: SocketAddress

    init(listener: any Channel, client: SocketAddress, server: SocketAddress) {
        self.listener = listener
        self.client = client
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let answer = AddressedEnvelope(remoteAddress: client, data: unwrapInboundIn(data).data)
        listener.writeAndFlush(answer, promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let envelope = AddressedEnvelope(remoteAddress: server, data: unwrapOutboundIn(data))
        context.write(wrapOutboundOut(envelope), promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
