/// Walks the fields of one protobuf message; every read is checked against its end.
struct ProtobufCursor {
    /// The payload of one field.
    enum Payload {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// The next field's number and payload; `nil` at the end.
    mutating func next() throws(ClusterError) -> (number: Int, payload: Payload)? {
        if rest.isEmpty { return nil }
        let key = try varint()
        let number = Int(truncatingIfNeeded: key >> 3)
        guard number > 0 else { throw Self.malformed("field number 0") }
        switch key & 7 {
        case 0: return (number, .varint(try varint()))
        case 1: return (number, .fixed64(try fixed(8)))
        case 2:
            let length = try varint()
            guard length <= UInt64(rest.count) else { throw Self.malformed("field \(number) is cut off") }
            let content = rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
            return (number, .bytes(content))
        case 5: return (number, .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
        case let type: throw Self.malformed("wire type \(type)")
        }
    }

    /// Reads a varint that stands alone, as in packed lists.
    mutating func varint() throws(ClusterError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst() {
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            guard shift < 70 else { throw Self.malformed("a varint is too long") }
        }
        throw Self.malformed("a varint is cut off")
    }

    /// Whether everything was read.
    var isAtEnd: Bool { rest.isEmpty }

    private mutating func fixed(_ count: Int) throws(ClusterError) -> UInt64 {
        guard rest.count >= count else { throw Self.malformed("a number is cut off") }
        var value: UInt64 = 0
        for (index, byte) in rest.prefix(count).enumerated() { value |= UInt64(byte) << UInt64(8 * index) }
        rest = rest.dropFirst(count)
        return value
    }

    static func malformed(_ detail: String) -> ClusterError {
        .badRequest("the body is not a valid protobuf message: \(detail)")
    }
}
