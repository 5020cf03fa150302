/// A failure of a controller that no store error describes.
public struct ControllersError: Error, Sendable, CustomStringConvertible {
    /// What failed, for people: lower case, no full stop.
    public let message: String

    init(_ message: String) {
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
