/// Builds one netlink message: header, family header, attributes, each padded to four bytes (netlink(7)).
struct NetlinkMessage {
    private(set) var bytes: [UInt8]
    private static let headerBytes = 16

    init(type: UInt16, flags: UInt16) {
        bytes = [UInt8](repeating: 0, count: Self.headerBytes)
        put(type, at: 4)
        put(flags, at: 6)
    }

    /// Appends a fixed header or value in host byte order.
    mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    /// Appends an attribute with raw content.
    mutating func attribute(_ type: UInt16, _ content: [UInt8]) {
        append(UInt16(4 + content.count))
        append(type)
        bytes.append(contentsOf: content)
        pad()
    }

    /// Appends an attribute holding one number in host byte order.
    mutating func attribute<Value: FixedWidthInteger>(_ type: UInt16, _ value: Value) {
        attribute(type, withUnsafeBytes(of: value) { Array($0) })
    }

    /// Appends an attribute holding a zero-terminated string.
    mutating func attribute(_ type: UInt16, _ text: String) {
        attribute(type, Array(text.utf8) + [0])
    }

    /// Appends an attribute that holds attributes.
    mutating func nested(_ type: UInt16, _ body: (inout NetlinkMessage) -> Void) {
        let start = bytes.count
        append(UInt16(0))
        append(type | 0x8000)
        body(&self)
        put(UInt16(bytes.count - start), at: start)
        pad()
    }

    /// The message as sent: with its length and sequence number.
    func finished(sequence: UInt32) -> [UInt8] {
        var copy = self
        copy.put(UInt32(bytes.count), at: 0)
        copy.put(sequence, at: 8)
        return copy.bytes
    }

    private mutating func pad() {
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    private mutating func put<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
        withUnsafeBytes(of: value) { for (index, byte) in $0.enumerated() { bytes[offset + index] = byte } }
    }
}

/// Reads what the kernel answers: messages, then attributes of one message.
struct NetlinkReader {
    /// One attribute: its type without the nested and byte-order bits, and its content.
    struct Attribute {
        let type: UInt16
        let content: ArraySlice<UInt8>
    }

    /// One message: its type and everything after the netlink header.
    struct Message {
        let type: UInt16
        let flags: UInt16
        let sequence: UInt32
        let body: ArraySlice<UInt8>
    }

    /// Splits a datagram into messages; stops at the first malformed length.
    static func messages(_ bytes: [UInt8]) -> [Message] {
        var messages: [Message] = []
        var rest = bytes[...]
        while rest.count >= 16 {
            let length = Int(number(rest, at: 0) as UInt32)
            guard length >= 16, length <= rest.count else { break }
            messages.append(
                Message(
                    type: number(rest, at: 4), flags: number(rest, at: 6), sequence: number(rest, at: 8),
                    body: rest[(rest.startIndex + 16)..<(rest.startIndex + length)]
                )
            )
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return messages
    }

    /// The attributes after a family header of `offset` bytes.
    static func attributes(_ body: ArraySlice<UInt8>, after offset: Int = 0) -> [Attribute] {
        var attributes: [Attribute] = []
        var rest = body.dropFirst((offset + 3) & ~3)
        while rest.count >= 4 {
            let length = Int(number(rest, at: 0) as UInt16)
            guard length >= 4, length <= rest.count else { break }
            let content = rest[(rest.startIndex + 4)..<(rest.startIndex + length)]
            attributes.append(Attribute(type: number(rest, at: 2) & 0x3fff, content: content))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return attributes
    }

    /// A number in host byte order at `offset` of `bytes`; zero when the bytes end before.
    static func number<Value: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, at offset: Int = 0) -> Value {
        let size = MemoryLayout<Value>.size
        guard bytes.count >= offset + size else { return 0 }
        var value: Value = 0
        withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: bytes.dropFirst(offset).prefix(size)) }
        return value
    }

    /// A zero-terminated string.
    static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
