import NIOCore
import NIOHTTPTypes

/// A connection after a hijack: two byte streams that close independently.
///
/// One task may read and several may write at a time; a write is never interleaved with another. The stream is valid
/// until the hijack closure returns; the server then finishes the outbound side and closes the connection.
public struct ByteStream: Sendable {
    /// What the client sends, from the first byte after its request; ends when the client closes its side (writing
    /// stays possible then) and throws when the connection breaks. Back-pressure reaches the client's socket. May be
    /// iterated once.
    public let inbound: Inbound
    private let outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>

    init(reader: PartReader, outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>) {
        self.inbound = Inbound(reader: reader)
        self.outbound = outbound
    }

    /// Sends bytes; suspends while the client is slow. Throws when the client closed the connection.
    public func write(_ buffer: ByteBuffer) async throws {
        guard buffer.readableBytes > 0 else { return }
        try await self.outbound.write(.body(buffer))
    }

    /// Sends bytes; suspends while the client is slow. Throws when the client closed the connection.
    public func write(_ bytes: some Sequence<UInt8>) async throws {
        try await self.write(ByteBuffer(bytes: bytes))
    }

    /// Closes our side after everything written so far; reading goes on. Harmless when repeated.
    public func finish() {
        self.outbound.finish()
    }

    /// The client's bytes.
    public struct Inbound: AsyncSequence, Sendable {
        /// Buffers as they arrive.
        public typealias Element = ByteBuffer
        let reader: PartReader

        /// Makes the one iterator.
        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: self.reader) }

        /// Iterator over the client's bytes.
        public struct AsyncIterator: AsyncIteratorProtocol {
            let reader: PartReader

            /// The next bytes; nil at the client's end of stream.
            public mutating func next() async throws -> ByteBuffer? {
                while let part = try await self.reader.next() {
                    if case .body(let buffer) = part { return buffer }
                }
                return nil
            }
        }
    }
}

/// The inbound side of one connection; whoever reads it now is the only reader: the connection's loop hands it to the
/// request's body or the hijack closure and takes it back when they are done.
struct PartReader: @unchecked Sendable {
    // The iterator is a handle on the channel's shared producer, which is thread-safe and allows one waiting consumer;
    // copies of the handle share all state. Only its missing annotation makes @unchecked necessary.
    private let iterator: NIOAsyncChannelInboundStream<HTTPRequestPart>.AsyncIterator

    init(_ inbound: NIOAsyncChannelInboundStream<HTTPRequestPart>) {
        self.iterator = inbound.makeAsyncIterator()
    }

    func next() async throws -> HTTPRequestPart? {
        var iterator = self.iterator
        return try await iterator.next()
    }
}
