import NIOCore
import NIOHTTP1
import NIOSSL

/// The socket side of a connection: feeds the HTTP parser one request at a time and holds everything the client sends
/// after it until the response is complete. Only then is it known whether those bytes are the next request or the
/// stream of a hijack. Lives on the channel's event loop; works in pair with `ConnectionTail` behind the parser.
final class ConnectionGate: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        /// A request is being read.
        case request
        /// A request was read, its response is not complete.
        case holding
        /// The connection is a byte stream.
        case raw
        /// Nothing more is accepted; what comes is thrown away.
        case closed
    }

    private let heldLimit: Int
    private let signals: ConnectionSignals
    private var phase = Phase.request
    private var framing = RequestFraming()
    private var held = ByteBuffer()
    private var inputClosed = false
    private var readWithheld = false
    private var isProcessing = false
    private var headBody: RequestFraming.Body?
    private var sawRequestEnd = false
    private var responseDone = false
    private var context: ChannelHandlerContext?
    /// Where raw bytes go; set by the tail.
    var deliverRaw: ((ByteBuffer) -> Void)?

    init(heldLimit: Int, signals: ConnectionSignals) {
        self.heldLimit = heldLimit
        self.signals = signals
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.deliverRaw = nil
    }

    // MARK: From the socket

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = self.unwrapInboundIn(data)
        if case .closed = self.phase { return }
        if self.held.readableBytes == 0 { self.held = buffer } else { self.held.writeBuffer(&buffer) }
        self.process(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            self.inputClosed = true
            self.signals.clientFinished()
            self.process(context)
        case is ChannelShouldQuiesceEvent:
            self.signals.serverStopping()
            context.fireUserInboundEventTriggered(event)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.signals.clientFinished()
        self.phase = .closed
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A client that closes TCP without TLS's close_notify has simply closed; inputClosed follows.
        if case .uncleanShutdown? = error as? NIOSSLError { return }
        self.signals.clientFinished()
        context.fireErrorCaught(error)
    }

    func read(context: ChannelHandlerContext) {
        if case .holding = self.phase, self.held.readableBytes >= self.heldLimit {
            self.readWithheld = true
        } else {
            context.read()
        }
    }

    private func process(_ context: ChannelHandlerContext) {
        // Feeding the parser can complete a response synchronously, which calls back into this.
        guard !self.isProcessing else { return }
        self.isProcessing = true
        while self.step(context) {}
        self.isProcessing = false
        if self.readWithheld, self.held.readableBytes < self.heldLimit {
            self.readWithheld = false
            context.read()
        }
    }

    /// Does one thing; false when there is nothing to do.
    private func step(_ context: ChannelHandlerContext) -> Bool {
        switch self.phase {
        case .closed, .holding:
            return false
        case .raw:
            if self.held.readableBytes > 0 {
                let buffer = self.held
                self.held = ByteBuffer()
                self.deliverRaw?(buffer)
                return true
            }
            return self.forwardInputClosed(context)
        case .request:
            guard self.held.readableBytes > 0 else { return self.forwardInputClosed(context) }
            let step = self.held.withUnsafeReadableBytes { self.framing.advance($0) }
            if step.count > 0, let slice = self.held.readSlice(length: step.count) {
                context.fireChannelRead(self.wrapInboundOut(slice))
            }
            self.afterFeeding(context, endsHead: step.endsHead)
            return true
        }
    }

    private func forwardInputClosed(_ context: ChannelHandlerContext) -> Bool {
        if self.inputClosed { self.endInput(context) }
        return false
    }

    /// Ends the parser's and the connection task's input; what the client sends after this is thrown away.
    private func endInput(_ context: ChannelHandlerContext) {
        self.held = ByteBuffer()
        if case .closed = self.phase { return }
        self.phase = .closed
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    private func afterFeeding(_ context: ChannelHandlerContext, endsHead: Bool) {
        guard case .request = self.phase else { return }
        if endsHead, let body = self.headBody {
            self.headBody = nil
            self.framing.begin(body: body)
        }
        // Without a parsed head the empty line was one of those a client may send before its request line.
        guard self.framing.isComplete || self.sawRequestEnd else { return }
        guard self.framing.isComplete, self.sawRequestEnd else {
            self.phase = .closed
            context.fireErrorCaught(HTTPParserError.invalidInternalState)
            return
        }
        if self.responseDone { self.beginNextRequest() } else { self.phase = .holding }
    }

    private func beginNextRequest() {
        self.framing.reset()
        self.sawRequestEnd = false
        self.responseDone = false
        self.phase = .request
    }

    // MARK: From the tail

    /// The parser delivered a head, whose body is delimited like this.
    func requestHeadParsed(body: RequestFraming.Body) { self.headBody = body }

    /// The parser delivered the end of the request.
    func requestEndParsed() { self.sawRequestEnd = true }

    /// True when everything of the current request was parsed.
    var requestIsRead: Bool { self.sawRequestEnd }

    /// The response is written; the next request may be parsed, or, with `close`, none will be.
    func responseWritten(close: Bool) {
        guard let context = self.context else { return }
        if close {
            self.endInput(context)
            return
        }
        self.responseDone = true
        guard case .holding = self.phase else { return }
        self.beginNextRequest()
        self.process(context)
        context.fireChannelReadComplete()
    }

    /// Makes the connection a byte stream, after writing the response head.
    func becomeRaw(head: ByteBuffer, promise: EventLoopPromise<Void>?) {
        guard let context = self.context, case .holding = self.phase else {
            promise?.fail(HTTPServiceError(.hijackUnavailable, "the request's body was not read before the hijack"))
            return
        }
        self.phase = .raw
        context.writeAndFlush(self.wrapOutboundOut(head), promise: promise)
        self.process(context)
        context.fireChannelReadComplete()
    }

    /// The connection's task needs nothing more from the client.
    func discardInput() {
        guard let context = self.context else { return }
        self.endInput(context)
    }

    /// Writes bytes past the codec.
    func writeRaw(_ buffer: ByteBuffer, promise: EventLoopPromise<Void>?) {
        guard let context = self.context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(self.wrapOutboundOut(buffer), promise: promise)
    }
}
