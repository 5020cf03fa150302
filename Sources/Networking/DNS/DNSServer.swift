import Effects
import Logging
import NFTables
import NIOCore
import NIOPosix
import Synchronization

/// The name server of the cluster: UDP and TCP on the address of every bridge.
final class DNSServer: Sendable {
    /// How many TCP connections one address serves; further ones are closed at once.
    static let connectionLimit = 128
    /// How long a TCP connection may be silent.
    static let idleTime: TimeAmount = .seconds(10)

    private let resolver: DNSResolver
    private let group: any EventLoopGroup
    private let logger: Logger
    private let listeners = Mutex<[IPv4Address: [any Channel]]>([:])

    init(names: NameTable, upstream: DNSUpstream, group: any EventLoopGroup, effects: Effects, logger: Logger) {
        resolver = DNSResolver(names: names, upstream: upstream, effects: effects)
        self.group = group
        self.logger = logger
    }

    /// Begins to answer on an address; harmless when it does already. Port 0 takes a free one, for tests.
    @discardableResult
    func listen(on address: IPv4Address, port: UInt16) async throws(NetworkError) -> UInt16 {
        guard listeners.withLock({ $0[address] == nil }) else { return port }
        resolver.upstream.exclude(address)
        var opened: [any Channel] = []
        do {
            let datagrams = try await bindDatagrams(address, port: port)
            opened.append(datagrams)
            let chosen = UInt16(clamping: datagrams.localAddress?.port ?? Int(port))
            opened.append(try await bindStream(address, port: chosen))
            let kept = opened
            listeners.withLock { $0[address] = kept }
            return chosen
        } catch {
            for channel in opened { try? await channel.close() }
            throw NetworkError(
                .dnsUnavailable,
                "cannot answer DNS on \(address):\(port): end the program that holds port \(port) on all addresses",
                cause: error
            )
        }
    }

    /// Sockets are made on the loop's own thread, and so in the network namespace that the loop lives in.
    private func bindDatagrams(_ address: IPv4Address, port: UInt16) async throws -> any Channel {
        let (loop, resolver) = (group.next(), resolver)
        return try await loop.flatSubmit {
            DatagramBootstrap(group: loop).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DNSDatagramHandler(resolver: resolver))
                }
            }.bind(host: address.description, port: Int(port))
        }.get()
    }

    private func bindStream(_ address: IPv4Address, port: UInt16) async throws -> any Channel {
        let counter = ConnectionCounter(limit: Self.connectionLimit)
        let (loop, resolver) = (group.next(), resolver)
        return try await loop.flatSubmit {
            ServerBootstrap(group: loop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    guard counter.enter() else { return channel.close() }
                    channel.closeFuture.whenComplete { _ in counter.leave() }
                    return channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(IdleStateHandler(allTimeout: Self.idleTime))
                        try pipeline.addHandler(ByteToMessageHandler(DNSFrameDecoder()))
                        try pipeline.addHandler(DNSFrameEncoder())
                        try pipeline.addHandler(DNSStreamHandler(resolver: resolver))
                    }
                }
                .bind(host: address.description, port: Int(port))
        }.get()
    }

    /// Ends answering on an address.
    func stopListening(on address: IPv4Address) async {
        let channels = listeners.withLock { $0.removeValue(forKey: address) } ?? []
        for channel in channels {
            do { try await channel.close() } catch {
                logger.debug("a DNS socket was closed already", metadata: ["dns.address": "\(address)"])
            }
        }
    }

    /// Ends answering everywhere.
    func stop() async {
        for address in listeners.withLock({ Array($0.keys) }) { await stopListening(on: address) }
    }
}

/// How many connections are open, against a limit.
private final class ConnectionCounter: Sendable {
    private let open = Atomic<Int>(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Counts one more, or refuses.
    func enter() -> Bool {
        guard open.add(1, ordering: .relaxed).newValue <= limit else {
            open.subtract(1, ordering: .relaxed)
            return false
        }
        return true
    }

    func leave() { open.subtract(1, ordering: .relaxed) }
}

extension SocketAddress {
    /// The IPv4 address of a peer.
    fileprivate var ipv4: NFTables.IPv4Address? { ipAddress.flatMap { NFTables.IPv4Address($0) } }
}

/// Answers datagrams. Our own names are answered in place, without a hop to another thread.
private final class DNSDatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let resolver: DNSResolver

    init(resolver: DNSResolver) { self.resolver = resolver }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let client = envelope.remoteAddress
        let bytes = Array(envelope.data.readableBytesView)
        switch resolver.resolve(bytes, client: client.ipv4, isStream: false, on: context.eventLoop) {
        case .silence: return
        case .answer(let answer):
            let reply = AddressedEnvelope(remoteAddress: client, data: ByteBuffer(bytes: answer))
            context.write(wrapOutboundOut(reply), promise: nil)
        case .pending(let future):
            let channel = context.channel
            future.whenSuccess { answer in
                let reply = AddressedEnvelope(remoteAddress: client, data: ByteBuffer(bytes: answer))
                channel.writeAndFlush(reply, promise: nil)
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    /// An ICMP error of one client must not close the socket of all.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// Answers messages of one TCP connection.
private final class DNSStreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let resolver: DNSResolver

    init(resolver: DNSResolver) { self.resolver = resolver }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        let client = context.remoteAddress?.ipv4
        switch resolver.resolve(bytes, client: client, isStream: true, on: context.eventLoop) {
        case .silence: context.close(promise: nil)
        case .answer(let answer): context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer)), promise: nil)
        case .pending(let future):
            let channel = context.channel
            future.whenSuccess { channel.writeAndFlush(ByteBuffer(bytes: $0), promise: nil) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
