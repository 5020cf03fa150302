import NIOCore

/// One end of two joined connections: what it reads, the other writes.
///
/// Reading waits for the other side to be writable, so a slow reader slows the writer down and nothing piles up here.
/// A half-close is passed on as one.
final class StreamRelay: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var partner: StreamRelay?
    private var context: ChannelHandlerContext?
    private var wantsRead = false

    private init() {}

    /// Joins two channels of one event loop and starts reading on both.
    static func join(_ client: any Channel, _ server: any Channel) -> EventLoopFuture<Void> {
        client.eventLoop.makeCompletedFuture {
            let (left, right) = (StreamRelay(), StreamRelay())
            left.partner = right
            right.partner = left
            try client.pipeline.syncOperations.addHandler(left)
            try server.pipeline.syncOperations.addHandler(right)
            try client.syncOptions?.setOption(.autoRead, value: true)
            try server.syncOptions?.setOption(.autoRead, value: true)
        }
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        partner = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        partner?.context?.write(data, promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        partner?.context?.flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        partner?.context?.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        partner?.context?.close(mode: .output, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable, let partner, partner.wantsRead else { return }
        partner.wantsRead = false
        partner.context?.read()
    }

    func read(context: ChannelHandlerContext) {
        if partner?.context?.channel.isWritable ?? true {
            context.read()
        } else {
            wantsRead = true
        }
    }
}
