/// A value with a compact form on the wire: little-endian numbers, length-prefixed text and lists, no field names.
/// Both sides run the same version (`KeeperMessage.version`), so the form carries no schema.
protocol BinaryCodable {
    /// Appends the value's form.
    func encode(to writer: inout BinaryWriter)
    /// Reads the value's form; a short or impossible one is a `protocolViolation`.
    init(from reader: inout BinaryReader) throws(KeeperError)
}

/// Gathers the bytes of a message.
struct BinaryWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ value: Bool) {
        bytes.append(value ? 1 : 0)
    }

    mutating func put(_ text: String) {
        put(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func put(_ blob: [UInt8]) {
        put(UInt32(blob.count))
        bytes.append(contentsOf: blob)
    }

    mutating func put<Value: BinaryCodable>(_ value: Value) {
        value.encode(to: &self)
    }

    mutating func put<Value>(list: [Value], _ each: (inout BinaryWriter, Value) -> Void) {
        put(UInt32(list.count))
        for value in list { each(&self, value) }
    }

    mutating func put<Value: BinaryCodable>(list: [Value]) {
        put(list: list) { $0.put($1) }
    }

    mutating func put<Value>(optional value: Value?, _ each: (inout BinaryWriter, Value) -> Void) {
        put(value != nil)
        if let value { each(&self, value) }
    }
}

/// Takes a message apart; every read is checked against the end.
struct BinaryReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Whether everything was read.
    var isAtEnd: Bool { position == bytes.count }

    mutating func number<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws(KeeperError) -> Value {
        let size = MemoryLayout<Value>.size
        let slice = try take(size)
        var value: Value = 0
        withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: slice) }
        return Value(littleEndian: value)
    }

    mutating func bool() throws(KeeperError) -> Bool {
        switch try number(UInt8.self) {
        case 0: return false
        case 1: return true
        default: throw Self.malformed
        }
    }

    mutating func text() throws(KeeperError) -> String {
        let slice = try take(Int(try number(UInt32.self)))
        guard let text = String(validating: slice, as: UTF8.self) else { throw Self.malformed }
        return text
    }

    mutating func blob() throws(KeeperError) -> [UInt8] {
        Array(try take(Int(try number(UInt32.self))))
    }

    mutating func value<Value: BinaryCodable>(_: Value.Type = Value.self) throws(KeeperError) -> Value {
        try Value(from: &self)
    }

    mutating func list<Value>(
        _ each: (inout BinaryReader) throws(KeeperError) -> Value
    ) throws(KeeperError) -> [Value] {
        let count = Int(try number(UInt32.self))
        // An element takes at least one byte: a larger count is a lie and must not reserve memory.
        guard count <= bytes.count - position else { throw Self.malformed }
        var list: [Value] = []
        list.reserveCapacity(count)
        for _ in 0..<count { list.append(try each(&self)) }
        return list
    }

    mutating func list<Value: BinaryCodable>() throws(KeeperError) -> [Value] {
        try list { reader throws(KeeperError) in try reader.value() }
    }

    mutating func optional<Value>(
        _ each: (inout BinaryReader) throws(KeeperError) -> Value
    ) throws(KeeperError) -> Value? {
        try bool() ? try each(&self) : nil
    }

    private mutating func take(_ count: Int) throws(KeeperError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else { throw Self.malformed }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    static var malformed: KeeperError { KeeperError(.protocolViolation, "message is malformed") }
}
