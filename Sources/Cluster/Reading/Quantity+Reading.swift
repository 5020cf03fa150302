import Document

extension Quantity {
    /// Reads a quantity as it stands in an object: text, or a number without a unit. Nil for anything else.
    public init?(json: JSONValue) {
        switch json {
        case .string(let text): self.init(text)
        case .integer(let number): self.init(String(number))
        case .number(let number): self.init(String(number))
        default: return nil
        }
    }
}
