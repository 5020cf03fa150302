import Document

/// The body of a write: the object, and which of its fields were given twice.
public struct ObjectBody: Sendable {
    /// The object as a tree.
    public var value: JSONValue
    /// The paths of repeated fields; the last value of each stands in `value`.
    public var duplicateFields: [String]

    /// A body made in memory.
    public init(_ value: JSONValue, duplicateFields: [String] = []) {
        self.value = value
        self.duplicateFields = duplicateFields
    }
}
