import Effects
import NFTables
import NIOCore
import NIOPosix
import Synchronization
import SystemLinux

/// Questions about names that are not ours, put to the host's own name servers.
///
/// Every question goes out from a socket of its own with a random number, so that an answer cannot be forged by who
/// does not see it. Bounded: `flightLimit` questions at a time, `attempts` tries of `timeout` each.
final class DNSUpstream: Sendable {
    /// How many questions may be under way; more fail at once.
    static let flightLimit = 512
    /// How often each server is asked.
    static let attempts = 2
    /// How long a server has.
    static let timeout: TimeAmount = .milliseconds(2000)
    /// How often the host's file is read again at most, in seconds.
    static let refreshSeconds: Int64 = 5

    private struct State {
        var servers: [IPv4Address] = []
        var own: Set<IPv4Address> = []
        var lastRead: Duration?
        var flights = 0
        var cache = DNSCache()
    }

    private let file: String
    private let port: Int
    private let group: any EventLoopGroup
    private let effects: Effects
    private let state = Mutex(State())

    /// Servers come from `file`, a resolv.conf.
    init(file: String, port: Int = 53, group: any EventLoopGroup, effects: Effects) {
        self.file = file
        self.port = port
        self.group = group
        self.effects = effects
    }

    /// Never ask these: they are our own, and a question to ourselves would go round for ever.
    func exclude(_ address: IPv4Address) { state.withLock { _ = $0.own.insert(address) } }

    /// Reads the host's file now; blocks for a small file.
    func refresh() {
        let servers = (try? File.readText(file, limit: 65_536)).map { ResolverConfiguration(parsing: $0).servers } ?? []
        let now = effects.time.monotonic
        state.withLock {
            $0.servers = servers
            $0.lastRead = now
        }
    }

    /// The answer to `query`, with the query's own number, or nil when none can be had.
    func answer(_ query: DNSQuery, on loop: any EventLoop) -> EventLoopFuture<[UInt8]?> {
        let now = effects.time.monotonic
        let key = DNSCache.Key(question: query.question, wantsDNSSEC: query.wantsDNSSEC)
        let plan = state.withLock { state -> (cached: [UInt8]?, servers: [IPv4Address], isStale: Bool, isFull: Bool) in
            let isStale = state.lastRead.map { now - $0 > .seconds(Self.refreshSeconds) } ?? true
            if isStale { state.lastRead = now }
            if let cached = state.cache.answer(for: key, now: now) { return (cached, [], isStale, false) }
            let isFull = state.flights >= Self.flightLimit
            if !isFull { state.flights += 1 }
            return (nil, state.servers.filter { !state.own.contains($0) }, isStale, isFull)
        }
        // The file is read beside this question, which still uses what was read before.
        if plan.isStale { _ = BlockingPool.shared.submit { self.refresh() } }
        if let cached = plan.cached { return loop.makeSucceededFuture(Self.renumbered(cached, query.id)) }
        guard !plan.isFull else { return loop.makeSucceededFuture(nil) }
        let targets = (0..<Self.attempts).flatMap { _ in plan.servers }
        return ask(targets[...], query, on: loop).map { answer -> [UInt8]? in
            self.state.withLock { state in
                state.flights -= 1
                if let answer { state.cache.store(answer, for: key, now: now) }
            }
            return answer.map { Self.renumbered($0, query.id) }
        }
    }

    private func ask(
        _ servers: ArraySlice<IPv4Address>,
        _ query: DNSQuery,
        on loop: any EventLoop
    ) -> EventLoopFuture<[UInt8]?> {
        guard let server = servers.first else { return loop.makeSucceededFuture(nil) }
        let number = UInt16(truncatingIfNeeded: effects.random.next())
        let message = query.forwarded(id: number)
        return exchange(message, with: server, stream: false, on: loop).flatMap { answer in
            guard Self.isTruncated(answer) else { return loop.makeSucceededFuture(answer) }
            return self.exchange(message, with: server, stream: true, on: loop)
        }.map(Optional.some).flatMapError { _ in self.ask(servers.dropFirst(), query, on: loop) }
    }

    private func exchange(
        _ message: [UInt8],
        with server: IPv4Address,
        stream: Bool,
        on loop: any EventLoop
    ) -> EventLoopFuture<[UInt8]> {
        let promise = loop.makePromise(of: [UInt8].self)
        let address: SocketAddress
        do { address = try SocketAddress(ipAddress: server.description, port: port) } catch {
            return loop.makeFailedFuture(error)
        }
        let connecting =
            stream
            ? ClientBootstrap(group: loop).connectTimeout(Self.timeout).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(ByteToMessageHandler(DNSFrameDecoder()))
                    try pipeline.addHandler(DNSFrameEncoder())
                    try pipeline.addHandler(DNSReplyHandler(expecting: message, promise: promise))
                }
            }.connect(to: address)
            : DatagramBootstrap(group: loop).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(DNSDatagramAdapter(server: address))
                    try pipeline.addHandler(DNSReplyHandler(expecting: message, promise: promise))
                }
            }.connect(to: address)
        connecting.whenFailure { promise.fail($0) }
        let deadline = loop.scheduleTask(in: Self.timeout) { promise.fail(ChannelError.connectTimeout(Self.timeout)) }
        connecting.whenSuccess { channel in
            channel.writeAndFlush(ByteBuffer(bytes: message)).whenFailure { promise.fail($0) }
            promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
        }
        promise.futureResult.whenComplete { _ in deadline.cancel() }
        return promise.futureResult
    }

    private static func isTruncated(_ message: [UInt8]) -> Bool { message.count > 2 && message[2] & 0x02 != 0 }

    private static func renumbered(_ message: [UInt8], _ id: UInt16) -> [UInt8] {
        var copy = message
        copy[0] = UInt8(id >> 8)
        copy[1] = UInt8(id & 0xFF)
        return copy
    }
}

extension DNSQuery {
    /// The same question as a new query of our own: recursion and a large datagram wanted.
    func forwarded(id: UInt16) -> [UInt8] {
        var message: [UInt8] = [UInt8(id >> 8), UInt8(id & 0xFF), 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 1]
        message += questionBytes
        let size = UInt16(Self.maximumDatagram)
        message += [0, 0, 41, UInt8(size >> 8), UInt8(size & 0xFF), 0, 0, wantsDNSSEC ? 0x80 : 0, 0, 0, 0]
        return message
    }
}

/// Takes the first answer that has the question's number and text; everything else is somebody's guess.
private final class DNSReplyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let message: [UInt8]
    private let promise: EventLoopPromise<[UInt8]>

    init(expecting message: [UInt8], promise: EventLoopPromise<[UInt8]>) {
        self.message = message
        self.promise = promise
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        if DNSReply.isAnswer(bytes, to: message) { promise.succeed(bytes) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }
}

/// Whether a message answers another.
enum DNSReply {
    static func isAnswer(_ bytes: [UInt8], to query: [UInt8]) -> Bool {
        guard bytes.count >= 12, bytes[0] == query[0], bytes[1] == query[1], bytes[2] & 0x80 != 0 else { return false }
        var theirs = DNSReader(bytes, at: 12)
        var ours = DNSReader(query, at: 12)
        guard bytes[4] == 0, bytes[5] == 1, let name = theirs.name(), let wanted = ours.name() else { return false }
        return name == wanted && theirs.uint32() == ours.uint32()
    }
}

/// Datagrams of a connected socket as plain buffers.
private final class DNSDatagramAdapter: ChannelDuplexHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let server: SocketAddress

    init(server: SocketAddress) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(wrapInboundOut(unwrapInboundIn(data).data))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let envelope = AddressedEnvelope(remoteAddress: server, data: unwrapOutboundIn(data))
        context.write(wrapOutboundOut(envelope), promise: promise)
    }
}
