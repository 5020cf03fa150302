import Glibc

/// One name in a directory, or a relative path, with its exact bytes: Linux names need not be UTF-8.
public struct FileName: Hashable, Sendable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The bytes, without a terminating zero.
    public let bytes: [UInt8]

    /// Takes bytes; a zero byte ends the name, as it does in the kernel.
    public init(bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes.prefix { $0 != 0 })
    }

    /// Takes the UTF-8 of a text.
    public init(_ text: String) { self.init(bytes: text.utf8) }

    /// Takes the UTF-8 of a text.
    public init(stringLiteral text: String) { self.init(bytes: text.utf8) }

    /// The name as text; bytes that are no UTF-8 become U+FFFD. For messages.
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    /// Byte order: the order of a deterministic tree.
    public static func < (left: FileName, right: FileName) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// Calls `body` with a zero-terminated copy.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { buffer in
            for (index, byte) in bytes.enumerated() { buffer[index] = CChar(bitPattern: byte) }
            buffer[bytes.count] = 0
            return body(UnsafePointer(buffer.baseAddress.unsafelyUnwrapped))
        }
    }
}
