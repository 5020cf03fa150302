import NIOCore

/// The Engine API's frames: `[type][0 0 0][length, 4 bytes big-endian][payload]` (docker-oci.md §4.2).
enum StreamFrame {
    /// Where a frame's payload belongs.
    enum Channel: UInt8, Sendable {
        /// Standard output.
        case output = 1
        /// Standard error.
        case errors = 2
        /// A text of the engine about why the stream broke.
        case engine = 3
    }

    /// Media type of framed streams.
    static let multiplexed = "application/vnd.docker.multiplexed-stream"
    /// Media type of raw streams.
    static let raw = "application/vnd.docker.raw-stream"

    /// One frame, or the bare bytes for a terminal.
    static func buffer(_ channel: Channel, _ bytes: [UInt8], isTerminal: Bool) -> ByteBuffer {
        if isTerminal { return ByteBuffer(bytes: bytes) }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(8 + bytes.count)
        buffer.writeBytes([channel.rawValue, 0, 0, 0])
        buffer.writeInteger(UInt32(bytes.count))
        buffer.writeBytes(bytes)
        return buffer
    }

    /// The media type a client of `version` expects.
    static func mediaType(isTerminal: Bool, version: EngineVersion) -> String {
        !isTerminal && version >= EngineVersion(major: 1, minor: 42) ? multiplexed : raw
    }
}
