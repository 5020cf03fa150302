/// A JSON value as a tree.
///
/// Numbers keep the distinction that Kubernetes makes: a number written without fraction and exponent that fits
/// 64 bits is `integer`; every other number is `number`. An `integer` and a `number` are never equal.
public enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction and exponent within 64 bits.
    case integer(Int64)
    /// Any other number; always finite when it came from a reader.
    case number(Double)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object; the order of keys is kept.
    case object(JSONObject)
}

// MARK: - Reading

extension JSONValue {
    /// Whether this is `null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The boolean, or `nil` for another type.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The integer, or `nil` for another type; a `number` without fraction counts.
    public var intValue: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The number, or `nil` for another type; integers are converted.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The string, or `nil` for another type.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The array, or `nil` for another type.
    public var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The object, or `nil` for another type.
    public var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The type's name as error messages use it.
    public var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

// MARK: - Access by key

extension JSONValue {
    /// The value of `key` of an object; `nil` when absent or no object. Setting makes a non-object an object;
    /// setting `nil` removes the key and leaves a non-object as it is.
    public subscript(key: String) -> JSONValue? {
        get {
            if case .object(let object) = self { object[key] } else { nil }
        }
        set {
            if newValue == nil, objectValue == nil { return }
            updateObject { $0[key] = newValue }
        }
    }

    /// The value at a path of keys; setting creates the objects on the way.
    public subscript(first: String, second: String, rest: String...) -> JSONValue? {
        get {
            var current = self[first]?[second]
            for key in rest { current = current?[key] }
            return current
        }
        set { set([first, second] + rest, to: newValue) }
    }

    /// The value at a path of keys, or `nil`.
    public func at(_ path: [String]) -> JSONValue? {
        var current: JSONValue? = self
        for key in path { current = current?[key] }
        return current
    }

    /// The element of an array, or `nil` when out of range or no array.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// Sets (`nil` removes) the value at a path of keys in place, creating the objects on the way.
    public mutating func set(_ path: some Sequence<String>, to value: JSONValue?) {
        setSlice(Array(path)[...], to: value)
    }

    /// Changes this value as an object in place, without copying; anything but an object is replaced by an empty one first.
    public mutating func updateObject<Result, Failure: Error>(
        _ change: (inout JSONObject) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var object: JSONObject
        if case .object(let current) = self { object = current } else { object = JSONObject() }
        // Drop our reference so that `object` is unique while it changes.
        self = .null
        defer { self = .object(object) }
        return try change(&object)
    }

    /// Changes this value as an array in place, without copying; anything but an array is replaced by an empty one first.
    public mutating func updateArray<Result, Failure: Error>(
        _ change: (inout [JSONValue]) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var array: [JSONValue]
        if case .array(let current) = self { array = current } else { array = [] }
        self = .null
        defer { self = .array(array) }
        return try change(&array)
    }

    private mutating func setSlice(_ path: ArraySlice<String>, to value: JSONValue?) {
        guard let first = path.first else {
            self = value ?? .null
            return
        }
        let rest = path.dropFirst()
        if value == nil, self[first] == nil { return }
        updateObject { object in
            if rest.isEmpty {
                object[first] = value
            } else {
                object.update(first) { $0.setSlice(rest, to: value) }
            }
        }
    }
}

// MARK: - Literals

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// `null`.
    public init(nilLiteral: ()) { self = .null }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object; of a repeated key the last value stays.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject(minimumCapacity: elements.count)
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}

extension JSONValue: CustomStringConvertible {
    /// The compact JSON text.
    public var description: String { JSONWriter.string(self) }
}
