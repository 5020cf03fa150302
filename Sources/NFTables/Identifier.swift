/// The name of a table, chain, set or map.
///
/// Only lower-case letters, digits and hyphens, beginning with a letter, at most 64 bytes: such a name needs no
/// quoting and cannot end a command, so text of a user that passes this check is safe inside a transaction.
public struct Identifier: Hashable, Sendable, CustomStringConvertible {
    /// The longest name accepted, in bytes.
    public static let maximumLength = 64

    /// The name as it stands in a command.
    public let description: String

    /// Checks `text`; throws `NFTablesError` with code `invalidName` when it is no plain name.
    public init(validating text: String) throws(NFTablesError) {
        guard Self.isValid(text) else {
            throw NFTablesError(
                .invalidName,
                "\"\(text)\" is not a table, chain or set name: use lower-case letters, digits and hyphens, at most "
                    + "\(Self.maximumLength)"
            )
        }
        description = text
    }

    /// A name that was put together from checked parts.
    init(trusted text: String) { description = text }

    private static func isValid(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first), text.utf8.count <= maximumLength else { return false }
        return text.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte) }
}

extension Identifier: ExpressibleByStringLiteral {
    /// A name written in the source; a malformed one is a programming error and traps.
    public init(stringLiteral value: StaticString) {
        let text = value.description
        precondition(Self.isValid(text), "malformed nftables name in the source")
        description = text
    }
}

/// The name of a network interface, or the beginning of one.
///
/// The kernel's limit is 15 bytes; letters, digits, hyphen, underscore and full stop are accepted.
public struct InterfaceName: Hashable, Sendable, CustomStringConvertible {
    /// The longest name the kernel takes, in bytes (IFNAMSIZ less the terminator).
    public static let maximumLength = 15

    /// The name without any wildcard.
    public let description: String

    /// Checks `text`; throws `NFTablesError` with code `invalidName` when the kernel or nft would refuse it.
    public init(_ text: String) throws(NFTablesError) {
        let valid = !text.isEmpty && text.utf8.count <= Self.maximumLength && text.utf8.allSatisfy(Self.isAccepted)
        guard valid else {
            throw NFTablesError(.invalidName, "\"\(text)\" is not the name of a network interface")
        }
        description = text
    }

    private static func isAccepted(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

extension InterfaceName {
    /// A name that another part of Skiff made; a malformed one is a programming error and traps.
    package init(own text: String) {
        guard let name = try? InterfaceName(text) else { preconditionFailure("malformed interface name \(text)") }
        self = name
    }
}
