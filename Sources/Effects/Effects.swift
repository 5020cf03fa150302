/// The platform's only access to time and chance; passed to whatever needs either.
public struct Effects: Sendable {
    /// Clock and waiting.
    public let time: any TimeSource
    /// Randomness.
    public let random: any RandomSource

    /// Bundles the two sources.
    public init(time: any TimeSource, random: any RandomSource) {
        self.time = time
        self.random = random
    }

    /// The kernel's clock and generator.
    public static let live = Effects(time: SystemTime(), random: SystemRandom())

    /// Civil time now.
    public var now: Timestamp { time.now }

    /// A new identifier of 64 lower-case hexadecimal digits, as containers and images carry.
    public func hexID() -> String {
        Self.hex(random.bytes(32))
    }

    /// A new random UUID in lower case (RFC 9562, version 4).
    public func uuid() -> String {
        var bytes = random.bytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        let parts = [bytes[0..<4], bytes[4..<6], bytes[6..<8], bytes[8..<10], bytes[10..<16]]
        return parts.map { Self.hex($0) }.joined(separator: "-")
    }

    private static func hex(_ bytes: some Collection<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            var position = 0
            for byte in bytes {
                buffer[position] = digits[Int(byte >> 4)]
                buffer[position + 1] = digits[Int(byte & 15)]
                position += 2
            }
            return position
        }
    }
}
