import NIOConcurrencyHelpers
import NIOCore

/// The server side of one SPDY/3.1 connection: accepts the client's streams, no flow control (Kubernetes clients use
/// none). `run` must be running for anything to arrive.
final class SPDYSession: Sendable {
    /// Open streams of one connection; more is a protocol error.
    static let streamLimit = 1024

    private struct State {
        var streams: [UInt32: SPDYStream] = [:]
        var lastID: UInt32 = 0
    }

    /// The stream of both directions' bytes, or the slices of it that WebSocket messages carry.
    private let output: @Sendable (ByteBuffer) async throws -> Void
    private let state = NIOLockedValueBox(State())
    private let accepted = AsyncStream<SPDYStream>.makeStream(bufferingPolicy: .bufferingOldest(streamLimit))

    init(output: @escaping @Sendable (ByteBuffer) async throws -> Void) {
        self.output = output
    }

    /// Streams in the order the client opened them; ends with the connection.
    var streams: AsyncStream<SPDYStream> { self.accepted.stream }

    /// Reads the connection to its end; then every stream ends.
    func run<Input: AsyncSequence>(_ input: Input) async throws where Input.Element == ByteBuffer {
        defer { self.finishAll() }
        let decompressor = try HeaderDecompressor()
        let compressor = try HeaderCompressor()
        var buffer = ByteBuffer()
        for try await var chunk in input {
            buffer.writeBuffer(&chunk)
            while let frame = try SPDYFrame.read(from: &buffer) {
                guard try await self.handle(frame, decompressor, compressor) else { return }
            }
            buffer.discardReadBytes()
        }
    }

    /// Acts on one frame; false at the client's farewell.
    private func handle(
        _ frame: SPDYFrame, _ decompressor: HeaderDecompressor, _ compressor: HeaderCompressor
    ) async throws -> Bool {
        switch frame {
        case .synStream(let id, let block, let isFinal):
            let headers = try SPDYHeaders.decode(try decompressor.decompress(block))
            let stream = SPDYStream(id: id, headers: headers, session: self)
            try self.register(stream)
            try await self.output(
                SPDYFrame.synReply(id: id, headerBlock: compressor.compress(SPDYHeaders.encode([:])), isFinal: false)
                    .encoded)
            if isFinal { stream.input.finish() }
            self.accepted.continuation.yield(stream)
        case .data(let id, let bytes, let isFinal):
            guard let stream = self.stream(id) else { break }
            await stream.input.write(bytes)
            if isFinal { stream.input.finish() }
        case .reset(let id, _):
            self.stream(id)?.input.finish()
            self.forget(id)
        case .ping(let id):
            try await self.output(SPDYFrame.ping(id: id).encoded)
        case .goAway:
            return false
        case .synReply(_, let block, _):
            // We open no streams; the block still moves the shared zlib state.
            _ = try decompressor.decompress(block)
        case .ignored:
            break
        }
        return true
    }

    private func register(_ stream: SPDYStream) throws(StreamingError) {
        let isGood = self.state.withLockedValue { state -> Bool in
            guard stream.id % 2 == 1, stream.id > state.lastID, state.streams.count < Self.streamLimit else {
                return false
            }
            state.lastID = stream.id
            state.streams[stream.id] = stream
            return true
        }
        guard isGood else { throw StreamingError(.protocolViolation, "SPDY stream \(stream.id) cannot be opened") }
    }

    private func stream(_ id: UInt32) -> SPDYStream? { self.state.withLockedValue { $0.streams[id] } }

    func forget(_ id: UInt32) { self.state.withLockedValue { _ = $0.streams.removeValue(forKey: id) } }

    func send(_ frame: SPDYFrame) async throws { try await self.output(frame.encoded) }

    private func finishAll() {
        let streams = self.state.withLockedValue { state in
            defer { state.streams = [:] }
            return Array(state.streams.values)
        }
        for stream in streams { stream.input.finish() }
        self.accepted.continuation.finish()
    }
}

/// One stream of a SPDY connection.
final class SPDYStream: Sendable {
    /// Bytes of one data frame we send.
    private static let chunk = 32 * 1024

    let id: UInt32
    /// Header names in lower case.
    let headers: [String: String]
    /// What the client sends.
    let input = BoundedPipe()
    private let session: SPDYSession
    private let finished = NIOLockedValueBox(false)

    init(id: UInt32, headers: [String: String], session: SPDYSession) {
        self.id = id
        self.headers = headers
        self.session = session
    }

    /// Sends bytes; throws when the stream was finished or the connection is gone.
    func write(_ buffer: ByteBuffer) async throws {
        guard !self.finished.withLockedValue({ $0 }) else {
            throw StreamingError(.closed, "stream \(self.id) is closed")
        }
        var rest = buffer
        while rest.readableBytes > 0 {
            guard let slice = rest.readSlice(length: min(rest.readableBytes, Self.chunk)) else { return }
            try await self.session.send(.data(id: self.id, bytes: slice, isFinal: false))
        }
    }

    /// Ends our side; harmless when repeated.
    func finish() async throws {
        let isFirst = self.finished.withLockedValue { finished in
            defer { finished = true }
            return !finished
        }
        if isFirst { try await self.session.send(.data(id: self.id, bytes: ByteBuffer(), isFinal: true)) }
    }

    /// Ends both sides and forgets the stream.
    func close() async throws {
        try await self.finish()
        self.input.cancelReading()
        self.session.forget(self.id)
    }
}
