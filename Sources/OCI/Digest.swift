/// The name of content: an algorithm and the hex of its hash (OCI image-spec, descriptor.md, "Digests").
///
/// Only well-formed digests of known algorithms exist as values, so a digest may be used as a file name.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The hash functions that content may be named by.
    public enum Algorithm: String, Sendable, CaseIterable, Codable {
        /// SHA-256; every client must know it.
        case sha256
        /// SHA-512; optional in the specification.
        case sha512

        /// Number of lower-case hex characters of a hash.
        public var hexLength: Int {
            switch self {
            case .sha256: 64
            case .sha512: 128
            }
        }
    }

    /// The hash function.
    public let algorithm: Algorithm
    /// The hash in lower-case hex, of exactly the algorithm's length.
    public let hex: String

    /// Parses `algorithm:hex`.
    ///
    /// Throws `malformedDigest`, or `unsupportedDigestAlgorithm` for one that follows the grammar only.
    public init(_ text: String) throws(OCIError) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw OCIError(.malformedDigest, "digest \(text.quotedForError) has no colon")
        }
        let name = text[..<colon]
        let encoded = text[text.index(after: colon)...]
        guard Self.isAlgorithmName(name.utf8), Self.isEncoded(encoded.utf8) else {
            throw OCIError(.malformedDigest, "digest \(text.quotedForError) is not algorithm:hex")
        }
        guard let algorithm = Algorithm(rawValue: String(name)) else {
            throw OCIError(
                .unsupportedDigestAlgorithm,
                "digest \(text.quotedForError) uses an algorithm other than sha256 and sha512"
            )
        }
        try self.init(algorithm: algorithm, hex: String(encoded))
    }

    /// Makes a digest of its parts. Throws `malformedDigest` when `hex` is not lower-case hex of the right length.
    public init(algorithm: Algorithm, hex: String) throws(OCIError) {
        guard hex.utf8.count == algorithm.hexLength, hex.utf8.allSatisfy(\.isLowerHex) else {
            throw OCIError(
                .malformedDigest,
                "\(algorithm) digest \(hex.quotedForError) is not \(algorithm.hexLength) lower-case hex characters"
            )
        }
        self.algorithm = algorithm
        self.hex = hex
    }

    /// Makes a digest of a finished hash. Throws `malformedDigest` when the number of bytes is wrong.
    public init(algorithm: Algorithm, bytes: some Sequence<UInt8>) throws(OCIError) {
        var text: [UInt8] = []
        text.reserveCapacity(algorithm.hexLength)
        for byte in bytes {
            text.append(Self.hexDigits[Int(byte >> 4)])
            text.append(Self.hexDigits[Int(byte & 15)])
        }
        try self.init(algorithm: algorithm, hex: String(decoding: text, as: UTF8.self))
    }

    /// `algorithm:hex`.
    public var description: String { "\(algorithm.rawValue):\(hex)" }

    /// The first 12 hex characters, as people see ids.
    public var short: String { String(hex.prefix(12)) }

    private static let hexDigits = Array("0123456789abcdef".utf8)

    // component ("separator" component)*, component = [a-z0-9]+, separator = one of + . _ -
    private static func isAlgorithmName(_ name: Substring.UTF8View) -> Bool {
        var afterSeparator = true
        for byte in name {
            if byte.isLowerAlphanumeric {
                afterSeparator = false
            } else if !afterSeparator, "+._-".utf8.contains(byte) {
                afterSeparator = true
            } else {
                return false
            }
        }
        return !afterSeparator
    }

    private static func isEncoded(_ text: Substring.UTF8View) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isAlphanumeric || "=_-".utf8.contains($0) }
    }
}

extension Digest: Comparable {
    /// Byte order of the textual form.
    public static func < (left: Digest, right: Digest) -> Bool {
        left.algorithm == right.algorithm
            ? left.hex < right.hex : left.algorithm.rawValue < right.algorithm.rawValue
    }
}

extension Digest: Codable {
    /// Reads `algorithm:hex`, strictly.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        try self.init(try container.decode(String.self))
    }

    /// Writes `algorithm:hex`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
