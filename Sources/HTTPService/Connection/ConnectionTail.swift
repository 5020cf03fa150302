import NIOCore
import NIOHTTP1

/// What the connection's task tells its pipeline; sent down as a user event.
enum ConnectionCommand: Sendable {
    /// Write this response head and make the connection a byte stream.
    case hijack(head: ByteBuffer)
    /// Throw away whatever the client still sends.
    case discardInput
}

/// The application side of the HTTP codec: frames responses (RFC 9112 section 6), decides whether the connection is
/// kept, and after a hijack carries raw bytes as body parts around the codec, to and from `ConnectionGate`.
final class ConnectionTail: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let gate: ConnectionGate
    private var isRaw = false
    private var request: HTTPRequestHead?
    private var continueSent = false
    private var closeAfterResponse = false
    private var omitBody = false

    init(gate: ConnectionGate) {
        self.gate = gate
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // The cycle gate → closure → tail → gate is cut when the gate leaves the pipeline.
        self.gate.deliverRaw = { buffer in
            context.fireChannelRead(self.wrapInboundOut(.body(buffer)))
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.request = head
            self.continueSent = false
            self.closeAfterResponse = false
            self.gate.requestHeadParsed(body: Self.bodyFraming(of: head))
        case .body:
            break
        case .end:
            self.gate.requestEndParsed()
        }
        context.fireChannelRead(data)
    }

    private static func bodyFraming(of head: HTTPRequestHead) -> RequestFraming.Body {
        if head.headers.contains(name: "transfer-encoding") { return .chunked }
        return head.headers.first(name: "content-length").flatMap { Int($0) }.map { .length($0) } ?? .none
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch self.unwrapOutboundIn(data) {
        case .head(var head):
            self.frame(&head)
            context.write(self.wrapOutboundOut(.head(head)), promise: promise)
        case .body(.byteBuffer(let buffer)):
            if self.isRaw {
                self.gate.writeRaw(buffer, promise: promise)
            } else if self.omitBody {
                promise?.succeed()
            } else {
                context.write(data, promise: promise)
            }
        case .body:
            context.write(data, promise: promise)
        case .end(let trailers):
            context.writeAndFlush(self.wrapOutboundOut(.end(trailers)), promise: promise)
            self.gate.responseWritten(close: self.closeAfterResponse)
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event as? ConnectionCommand {
        case .hijack(let head):
            self.isRaw = true
            self.gate.becomeRaw(head: head, promise: promise)
        case .discardInput:
            self.gate.discardInput()
            promise?.succeed()
        case nil:
            context.triggerUserOutboundEvent(event, promise: promise)
        }
    }

    /// Sets the headers that delimit the body and decides whether the connection lives on.
    private func frame(_ head: inout HTTPResponseHead) {
        guard !head.status.isInformational else {
            if head.status == .continue { self.continueSent = true }
            return
        }
        let isHead = self.request?.method == .HEAD
        self.omitBody = isHead || !head.status.mayHaveResponseBody
        let isOld = self.request?.version == .http1_0
        let hasLength = head.headers.contains(name: "content-length")
        head.headers.remove(name: "transfer-encoding")
        if !head.status.mayHaveResponseBody, head.status != .notModified {
            head.headers.remove(name: "content-length")
        } else if !hasLength, !self.omitBody {
            if isOld {
                self.closeAfterResponse = true
            } else {
                head.headers.add(name: "transfer-encoding", value: "chunked")
            }
        }
        if head.headers["connection"].contains(where: { $0.lowercased() == "close" }) || self.mustClose {
            self.closeAfterResponse = true
        }
        head.headers.remove(name: "connection")
        if self.closeAfterResponse {
            head.headers.add(name: "connection", value: "close")
        } else if isOld {
            head.headers.add(name: "connection", value: "keep-alive")
        }
    }

    private var mustClose: Bool {
        guard let request = self.request, request.isKeepAlive else { return true }
        // The parser stops for good at an Upgrade offer, and this response declines it.
        if request.headers.contains(name: "upgrade") { return true }
        // Without 100 Continue the client may send its body or not: the stream cannot be trusted.
        return request.headers.contains(name: "expect") && !self.continueSent && !self.gate.requestIsRead
    }
}

extension HTTPResponseStatus {
    fileprivate var isInformational: Bool { (100..<200).contains(self.code) }
}
