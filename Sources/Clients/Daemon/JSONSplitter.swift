/// Cuts a byte stream of concatenated JSON objects into single objects. Pure.
public struct JSONSplitter: Sendable {
    /// The largest object accepted, in bytes.
    public static let objectMaxBytes = 16 * 1024 * 1024

    private var current: [UInt8] = []
    private var depth = 0
    private var inString = false
    private var escaped = false

    /// Makes a splitter that has seen nothing.
    public init() {}

    /// Takes more bytes and answers the objects (or arrays) that are complete now.
    /// - Throws: `DaemonError` `.replyTooLarge` when one object passes the limit.
    public mutating func append(_ bytes: [UInt8]) throws(DaemonError) -> [[UInt8]] {
        var complete: [[UInt8]] = []
        for byte in bytes {
            if depth == 0 && byte != UInt8(ascii: "{") && byte != UInt8(ascii: "[") { continue }
            current.append(byte)
            if inString {
                advanceInString(byte)
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 {
                    complete.append(current)
                    current = []
                }
            default: break
            }
        }
        guard current.count <= Self.objectMaxBytes else {
            throw DaemonError(.replyTooLarge, "one JSON object of a stream is larger than \(Self.objectMaxBytes) bytes")
        }
        return complete
    }

    private mutating func advanceInString(_ byte: UInt8) {
        if escaped {
            escaped = false
        } else if byte == UInt8(ascii: "\\") {
            escaped = true
        } else if byte == UInt8(ascii: "\"") {
            inString = false
        }
    }
}
