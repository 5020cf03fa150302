/// Cuts the Engine API's framed stream into pieces of stdout and stderr. Pure.
///
/// A frame is `[type][0 0 0][length, 4 bytes big-endian][payload]`; type 1 is stdout, 2 stderr, 3 an error text.
public struct StreamDemultiplexer: Sendable {
    /// Where a piece belongs.
    public enum Channel: UInt8, Sendable, Hashable {
        /// Echoed standard input.
        case input = 0
        /// Standard output.
        case output = 1
        /// Standard error.
        case error = 2
        /// A text of the engine itself about why the stream broke.
        case engine = 3
    }

    private var header: [UInt8] = []
    private var channel = Channel.output
    private var remaining = 0

    /// Makes a demultiplexer at the start of a stream.
    public init() {}

    /// Takes more bytes and answers the pieces they hold, in order; a frame may be cut into several pieces.
    /// - Throws: `DaemonError` `.malformedReply` for an unknown frame type.
    public mutating func append(_ bytes: [UInt8]) throws(DaemonError) -> [(channel: Channel, bytes: ArraySlice<UInt8>)]
    {
        var pieces: [(channel: Channel, bytes: ArraySlice<UInt8>)] = []
        var position = 0
        while position < bytes.count {
            if remaining > 0 {
                let end = min(bytes.count, position + remaining)
                pieces.append((channel, bytes[position..<end]))
                remaining -= end - position
                position = end
                continue
            }
            header.append(bytes[position])
            position += 1
            if header.count == 8 { try openFrame() }
        }
        return pieces
    }

    private mutating func openFrame() throws(DaemonError) {
        guard let next = Channel(rawValue: header[0]), header[1] == 0, header[2] == 0, header[3] == 0 else {
            throw DaemonError(.malformedReply, "the daemon sent an unknown stream frame of type \(header[0])")
        }
        channel = next
        remaining = header[4...].reduce(0) { $0 << 8 | Int($1) }
        header.removeAll(keepingCapacity: true)
    }
}
