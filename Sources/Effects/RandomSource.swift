import CLinux

/// Where the platform takes chance from. Any isolation may call it; it does not block.
public protocol RandomSource: Sendable {
    /// The next 64 random bits.
    func next() -> UInt64
    /// `count` random bytes.
    func bytes(_ count: Int) -> [UInt8]
}

extension RandomSource {
    /// A number in `range`, without modulo bias.
    public func number(in range: Range<UInt64>) -> UInt64 {
        var generator = SourceGenerator(source: self)
        return UInt64.random(in: range, using: &generator)
    }
}

/// Lets the standard library's algorithms draw from a `RandomSource`.
private struct SourceGenerator<Source: RandomSource>: RandomNumberGenerator {
    let source: Source

    mutating func next() -> UInt64 { source.next() }
}

/// getrandom(2): fit for keys and tokens.
public struct SystemRandom: RandomSource {
    /// The kernel's generator.
    public init() {}

    /// 64 bits from the kernel.
    public func next() -> UInt64 {
        bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// `count` bytes from the kernel; traps if it has none, which getrandom(2) excludes for a valid buffer.
    public func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let result = skiff_random_fill(buffer.baseAddress, count)
            precondition(result == 0, "getrandom failed")
            filled = count
        }
    }
}
