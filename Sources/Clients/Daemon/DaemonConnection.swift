import SystemLinux

/// One blocking HTTP/1.1 connection to the daemon. Used by one caller at a time.
final class DaemonConnection {
    /// The longest accepted reply head, in bytes.
    static let headMaxBytes = 64 * 1024
    private static let readBytes = 64 * 1024

    let stream: UnixStream
    private var buffer: [UInt8] = []
    private var position = 0

    init(stream: UnixStream) {
        self.stream = stream
    }

    /// Bytes already received and not yet consumed.
    var pending: ArraySlice<UInt8> { buffer[position...] }

    /// Takes everything received so far.
    func takePending() -> [UInt8] {
        defer {
            buffer = []
            position = 0
        }
        return Array(pending)
    }

    /// Sends the whole of `bytes`.
    func send(_ bytes: [UInt8]) throws(DaemonError) {
        do {
            try stream.sendAll(bytes)
        } catch {
            throw DaemonError(.connectionLost, "lost the connection to the daemon while sending", cause: error)
        }
    }

    /// Receives at least one byte into the buffer; false at the end of the stream.
    func fill() throws(DaemonError) -> Bool {
        if position > 0 && position == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            position = 0
        }
        do {
            return try stream.receive(appendingTo: &buffer, atMost: Self.readBytes) > 0
        } catch {
            throw DaemonError(.connectionLost, "lost the connection to the daemon while reading", cause: error)
        }
    }

    /// Reads a reply head, skipping interim 1xx replies other than 101.
    func readHead() throws(DaemonError) -> DaemonResponseHead {
        while true {
            let head = try ResponseDecoding.head(try readUntilEmptyLine())
            if head.status >= 200 || head.status == 101 { return head }
        }
    }

    private func readUntilEmptyLine() throws(DaemonError) -> ArraySlice<UInt8> {
        var scanned = position
        while true {
            while scanned < buffer.count {
                if buffer[scanned] == 10, scanned >= position + 3, buffer[scanned - 1] == 13,
                    buffer[scanned - 2] == 10
                {
                    let head = buffer[position...scanned]
                    position = scanned + 1
                    return head
                }
                scanned += 1
            }
            guard buffer.count - position < Self.headMaxBytes else {
                throw DaemonError(.malformedReply, "the daemon's reply head is longer than \(Self.headMaxBytes) bytes")
            }
            let consumed = position
            guard try fill() else {
                throw DaemonError(.connectionLost, "the daemon closed the connection before it answered")
            }
            if position < consumed { scanned = position }
        }
    }

    /// Reads one line without its line end, for chunk sizes and trailers.
    func readLine() throws(DaemonError) -> String {
        var line: [UInt8] = []
        while true {
            while position < buffer.count {
                let byte = buffer[position]
                position += 1
                if byte == 10 { return String(decoding: line, as: UTF8.self) }
                if byte != 13 { line.append(byte) }
                guard line.count <= 4096 else {
                    throw DaemonError(.malformedReply, "the daemon sent a chunk header longer than 4096 bytes")
                }
            }
            guard try fill() else {
                throw DaemonError(.connectionLost, "the daemon closed the connection in the middle of a reply")
            }
        }
    }

    /// Up to `limit` bytes that are there, blocking for the first; empty at the end of the stream.
    func readSome(limit: Int) throws(DaemonError) -> [UInt8] {
        if position == buffer.count {
            guard try fill() else { return [] }
        }
        let end = min(buffer.count, position + limit)
        defer { position = end }
        return Array(buffer[position..<end])
    }
}
