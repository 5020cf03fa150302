/// A value under construction: containers are filled after they were handed out, hence a class. Lives on one thread
/// during one encode.
final class EncodingNode {
    enum Content {
        case empty
        case value(JSONValue)
        case keyed([(key: String, node: EncodingNode)])
        case unkeyed([EncodingNode])
    }

    var content = Content.empty

    /// The finished value; a node nobody wrote to is an empty object, as the standard library's contract demands.
    var value: JSONValue {
        switch content {
        case .empty: return .object(JSONObject())
        case .value(let value): return value
        case .unkeyed(let nodes): return .array(nodes.map(\.value))
        case .keyed(let members):
            var object = JSONObject(minimumCapacity: members.count)
            for (key, node) in members { object[key] = node.value }
            return .object(object)
        }
    }

    /// A new member of an object.
    func member(_ key: String) -> EncodingNode {
        let node = EncodingNode()
        if case .keyed(var members) = content {
            content = .empty
            members.append((key, node))
            content = .keyed(members)
        } else {
            content = .keyed([(key, node)])
        }
        return node
    }

    /// A new element of an array.
    func element() -> EncodingNode {
        let node = EncodingNode()
        if case .unkeyed(var nodes) = content {
            content = .empty
            nodes.append(node)
            content = .unkeyed(nodes)
        } else {
            content = .unkeyed([node])
        }
        return node
    }

    /// The number of elements so far.
    var elementCount: Int {
        if case .unkeyed(let nodes) = content { nodes.count } else { 0 }
    }
}

/// The standard library's encoder protocol into one node.
struct ValueEncoder: Encoder, SingleValueEncodingContainer {
    let node: EncodingNode
    let codingPath: [any CodingKey]

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .keyed = node.content {} else { node.content = .keyed([]) }
        return KeyedEncodingContainer(KeyedWriter<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .unkeyed = node.content {} else { node.content = .unkeyed([]) }
        return UnkeyedWriter(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    /// Encodes any type into the node.
    func box(_ value: some Encodable) throws {
        if let raw = value as? JSONValue { node.content = .value(raw) } else { try value.encode(to: self) }
    }

    func encodeNil() throws { node.content = .value(.null) }
    func encode(_ value: Bool) throws { node.content = .value(.bool(value)) }
    func encode(_ value: String) throws { node.content = .value(.string(value)) }
    func encode(_ value: Double) throws {
        guard value.isFinite else { throw invalid(value) }
        node.content = .value(.number(value))
    }
    func encode(_ value: Float) throws { try encode(Double(value)) }
    func encode(_ value: Int) throws { try integer(value) }
    func encode(_ value: Int8) throws { try integer(value) }
    func encode(_ value: Int16) throws { try integer(value) }
    func encode(_ value: Int32) throws { try integer(value) }
    func encode(_ value: Int64) throws { try integer(value) }
    func encode(_ value: UInt) throws { try integer(value) }
    func encode(_ value: UInt8) throws { try integer(value) }
    func encode(_ value: UInt16) throws { try integer(value) }
    func encode(_ value: UInt32) throws { try integer(value) }
    func encode(_ value: UInt64) throws { try integer(value) }
    func encode(_ value: some Encodable) throws { try box(value) }

    private func integer(_ value: some FixedWidthInteger) throws {
        guard let wide = Int64(exactly: value) else { throw invalid(value) }
        node.content = .value(.integer(wide))
    }

    private func invalid(_ value: Any) -> EncodingError {
        .invalidValue(value, .init(codingPath: codingPath, debugDescription: "the number \(value) does not fit JSON"))
    }

    /// The encoder of a member of this object.
    func child(_ key: any CodingKey) -> ValueEncoder {
        ValueEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key])
    }

    /// The encoder of the next element of this array.
    func next() -> ValueEncoder {
        let index = node.elementCount
        return ValueEncoder(node: node.element(), codingPath: codingPath + [IndexKey(index)])
    }
}

/// Writes the members of one object.
struct KeyedWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: ValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil(forKey key: Key) throws { try encoder.child(key).encodeNil() }
    func encode(_ value: some Encodable, forKey key: Key) throws { try encoder.child(key).box(value) }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type,
        forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        encoder.child(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoder.child(key).unkeyedContainer()
    }
    func superEncoder() -> any Encoder { encoder.child(IndexKey.superclass) }
    func superEncoder(forKey key: Key) -> any Encoder { encoder.child(key) }
}

/// Writes the elements of one array.
struct UnkeyedWriter: UnkeyedEncodingContainer {
    let encoder: ValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }
    var count: Int { encoder.node.elementCount }

    func encodeNil() throws { try encoder.next().encodeNil() }
    func encode(_ value: some Encodable) throws { try encoder.next().box(value) }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
        encoder.next().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder.next().unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder.next() }
}
