import Document
import SystemLinux

/// The body of a reply, read as it arrives. Used by one caller at a time.
public final class DaemonStream {
    /// Status and header fields.
    public let head: DaemonResponseHead
    private let reader: DaemonBodyReader
    private let connection: DaemonConnection
    private var splitter = JSONSplitter()
    private var ready: [[UInt8]] = []

    init(head: DaemonResponseHead, reader: DaemonBodyReader, connection: DaemonConnection) {
        self.head = head
        self.reader = reader
        self.connection = connection
    }

    /// The descriptor to poll together with others; readable when `next()` would not block (or data is pending).
    public var descriptor: Int32 { connection.stream.descriptor }
    /// Whether bytes are already in memory, so that polling the descriptor would wrongly wait.
    public var hasPending: Bool { !connection.pending.isEmpty || !ready.isEmpty }

    /// The next piece of the body; nil at its end. Blocks.
    public func next() throws(DaemonError) -> [UInt8]? {
        try reader.next()
    }

    /// The next JSON value of a stream of them (progress, events, stats); nil at the end. Blocks.
    public func nextJSON() throws(DaemonError) -> JSONValue? {
        while ready.isEmpty {
            guard let piece = try reader.next() else { return nil }
            ready = try splitter.append(piece)
        }
        let bytes = ready.removeFirst()
        do {
            return try JSONReader.parse(bytes)
        } catch {
            throw DaemonError(.malformedReply, "the daemon sent a broken JSON object in a stream", cause: error)
        }
    }
}

/// A connection that left HTTP: raw bytes both ways. Used by one caller at a time.
public final class DaemonHijack {
    /// Status and header fields of the reply that opened it.
    public let head: DaemonResponseHead
    private let stream: UnixStream
    private var leftover: [UInt8]

    init(head: DaemonResponseHead, stream: UnixStream, leftover: [UInt8]) {
        self.head = head
        self.stream = stream
        self.leftover = leftover
    }

    /// Whether output comes in frames of stdout and stderr (`application/vnd.docker.multiplexed-stream`).
    public var isMultiplexed: Bool {
        head.header("content-type") == "application/vnd.docker.multiplexed-stream"
    }

    /// The descriptor to poll together with others.
    public var descriptor: Int32 { stream.descriptor }
    /// Whether bytes are already in memory, so that polling the descriptor would wrongly wait.
    public var hasPending: Bool { !leftover.isEmpty }

    /// The next bytes from the daemon; nil at the end. Blocks.
    public func receive() throws(DaemonError) -> [UInt8]? {
        if !leftover.isEmpty {
            defer { leftover = [] }
            return leftover
        }
        var bytes: [UInt8] = []
        do {
            return try stream.receive(appendingTo: &bytes, atMost: 64 * 1024) > 0 ? bytes : nil
        } catch {
            throw DaemonError(.connectionLost, "lost the connection to the daemon while attached", cause: error)
        }
    }

    /// Sends the whole of `bytes`. Blocks.
    public func send(_ bytes: [UInt8]) throws(DaemonError) {
        do {
            try stream.sendAll(bytes)
        } catch {
            throw DaemonError(.connectionLost, "lost the connection to the daemon while attached", cause: error)
        }
    }

    /// Tells the daemon that no more bytes come, and keeps reading possible.
    public func finishSending() {
        // A peer that is gone already has seen the end; there is nothing left to tell it.
        try? stream.shutdownWrite()
    }
}
