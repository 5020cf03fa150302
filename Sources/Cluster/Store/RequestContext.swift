import EventBus

/// Who writes, how, and why: travels with every write.
public struct RequestContext: Sendable {
    /// What happens to fields that the schema does not know.
    public enum FieldValidation: String, Sendable {
        /// They are dropped silently.
        case ignore = "Ignore"
        /// They are dropped and named in a warning.
        case warn = "Warn"
        /// The request is refused.
        case strict = "Strict"
    }

    /// The name of the user or component.
    public var user: String
    /// The groups of the user.
    public var groups: [String]
    /// The manager that will own the written fields.
    public var fieldManager: String
    /// Whether everything runs and nothing is stored.
    public var dryRun: Bool
    /// Whether a server-side apply takes over fields of other managers.
    public var force: Bool
    /// What happens to unknown and repeated fields.
    public var fieldValidation: FieldValidation
    /// What this write follows from; the commit's event carries it.
    public var cause: Cause?

    /// Makes a context; by default nothing is forced or dry and unknown fields give warnings.
    public init(
        user: String,
        groups: [String] = [],
        fieldManager: String,
        dryRun: Bool = false,
        force: Bool = false,
        fieldValidation: FieldValidation = .warn,
        cause: Cause? = nil
    ) {
        self.user = user
        self.groups = groups
        self.fieldManager = fieldManager
        self.dryRun = dryRun
        self.force = force
        self.fieldValidation = fieldValidation
        self.cause = cause
    }

    /// The context of an engine of the platform: its name is user and field manager, unknown fields are refused.
    public static func engine(_ name: String, cause: Cause? = nil) -> RequestContext {
        RequestContext(
            user: "system:\(name)", groups: ["system:masters"], fieldManager: name, fieldValidation: .strict,
            cause: cause)
    }
}
