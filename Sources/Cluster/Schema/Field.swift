import Document

/// One field of a message: everything the platform knows about it.
public struct Field: Sendable {
    /// The JSON name.
    public let name: String
    /// The protobuf field number.
    public let number: Int
    /// The type.
    public let type: FieldType
    /// Whether Go holds it by pointer: zero values then differ from absence.
    public var isPointer = false
    /// Whether it is a message of its own in protobuf whose fields stand in the enclosing object in JSON.
    public var isInline = false
    /// Whether it must be given.
    public var isRequired = false
    /// Whether it must not change after creation.
    public var isImmutable = false
    /// The value it gets when absent.
    public var defaultValue: JSONValue?
    /// The allowed strings; empty when any is allowed.
    public var allowedValues: [String] = []
    /// The smallest allowed integer.
    public var minimum: Int64?
    /// The largest allowed integer.
    public var maximum: Int64?
    /// The name of a further rule for strings.
    public var check: TextRule?
    /// How it is merged.
    public var merge = MergeRule()
    /// Whether the platform does what it says.
    public var enforcement = Enforcement.enforced
    /// The values that are fine although the field is refused.
    public var harmlessValues: [JSONValue] = []
    /// What it means.
    public let documentation: String

    init(name: String, number: Int, type: FieldType, documentation: String) {
        self.name = name
        self.number = number
        self.type = type
        self.documentation = documentation
    }
}

/// The further rules for strings that the table may name.
public enum TextRule: String, Sendable {
    /// RFC 1123 label.
    case dnsLabel
    /// IANA service name.
    case portName
    /// Name of an environment variable.
    case environmentName

    /// What is wrong with `text`, or `nil`.
    func problem(_ text: String) -> String? {
        switch self {
        case .dnsLabel: NameRules.dnsLabel(text)
        case .portName: NameRules.portName(text)
        case .environmentName: NameRules.environmentName(text)
        }
    }
}

/// A structured type: its fields by name and by protobuf number.
public struct MessageType: Sendable {
    /// The short package and the type's name, `core.PodSpec`.
    public let name: String
    /// What it means.
    public let documentation: String
    /// The fields in the order of the table; inline messages are one field here.
    public internal(set) var fields: [Field] = []
    /// The fields by JSON name, those of inline messages included.
    public internal(set) var fieldsByName: [String: Field] = [:]
    /// Positions in `fields` by protobuf number.
    var positionsByNumber: [Int: Int] = [:]
    /// The fields that have a default or contain something that has.
    var defaultedFields: [Field] = []
    /// The fields that must be given.
    var requiredFields: [Field] = []
}
