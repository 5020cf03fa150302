/// A system call policy, before it becomes a program for the kernel.
public struct SeccompProfile: Sendable, Hashable {
    /// What happens to a call.
    public enum Action: Sendable, Hashable {
        case allow, killProcess, killThread, trap, log, notify
        /// The call fails with this number.
        case errno(UInt16)
        /// A tracer decides; this number tells it why.
        case trace(UInt16)

        /// Reads an OCI action such as `SCMP_ACT_ERRNO` with its number; nil for an unknown word.
        public init?(_ word: String, errno: UInt32? = nil) {
            switch word {
            case "SCMP_ACT_ALLOW": self = .allow
            case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": self = .killThread
            case "SCMP_ACT_KILL_PROCESS": self = .killProcess
            case "SCMP_ACT_TRAP": self = .trap
            case "SCMP_ACT_LOG": self = .log
            case "SCMP_ACT_NOTIFY": self = .notify
            case "SCMP_ACT_ERRNO": self = .errno(UInt16(truncatingIfNeeded: errno ?? 1))
            case "SCMP_ACT_TRACE": self = .trace(UInt16(truncatingIfNeeded: errno ?? 1))
            default: return nil
            }
        }

        /// SECCOMP_RET_* with its data (linux/seccomp.h).
        var returnValue: UInt32 {
            switch self {
            case .allow: 0x7fff_0000
            case .killProcess: 0x8000_0000
            case .killThread: 0
            case .trap: 0x0003_0000
            case .log: 0x7ffc_0000
            case .notify: 0x7fc0_0000
            case .errno(let number): 0x0005_0000 | UInt32(number)
            case .trace(let number): 0x7ff0_0000 | UInt32(number)
            }
        }
    }

    /// How an argument is compared.
    public enum Comparison: String, Sendable, Hashable {
        case notEqual = "SCMP_CMP_NE"
        case less = "SCMP_CMP_LT"
        case lessOrEqual = "SCMP_CMP_LE"
        case equal = "SCMP_CMP_EQ"
        case greaterOrEqual = "SCMP_CMP_GE"
        case greater = "SCMP_CMP_GT"
        /// `argument & value == valueTwo`.
        case maskedEqual = "SCMP_CMP_MASKED_EQ"
    }

    /// One condition on an argument.
    public struct Condition: Sendable, Hashable {
        let index: UInt32
        let comparison: Comparison
        let value: UInt64
        let valueTwo: UInt64

        /// Compares argument number `index`, from 0.
        public init(_ index: UInt32, _ comparison: Comparison, _ value: UInt64, _ valueTwo: UInt64 = 0) {
            self.index = index
            self.comparison = comparison
            self.value = value
            self.valueTwo = valueTwo
        }
    }

    /// An action for some calls, when all conditions hold. Rules for the same call are alternatives.
    public struct Rule: Sendable, Hashable {
        let names: [String]
        let action: Action
        let conditions: [Condition]

        /// Makes a rule; names this machine does not know are skipped when compiling, as runc does.
        public init(_ names: [String], _ action: Action, _ conditions: [Condition] = []) {
            self.names = names
            self.action = action
            self.conditions = conditions
        }
    }

    /// What happens to calls no rule speaks of.
    public var defaultAction: Action
    /// Architectures beside the native one, as `SCMP_ARCH_X86`.
    public var architectures: [String]
    /// The rules.
    public var rules: [Rule]

    /// Makes a policy.
    public init(defaultAction: Action, architectures: [String] = [], rules: [Rule]) {
        self.defaultAction = defaultAction
        self.architectures = architectures
        self.rules = rules
    }
}
