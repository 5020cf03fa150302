extension RuntimeSpec {
    /// The process to run (OCI runtime-spec, config.md, "Process").
    public struct Process: Hashable, Sendable, Codable {
        /// Whether it gets a pseudo terminal.
        public var terminal: Bool?
        /// Size of the terminal.
        public var consoleSize: ConsoleSize?
        /// Who it runs as.
        public var user: User
        /// The argument vector.
        public var args: [String]?
        /// Environment as `NAME=value`.
        public var env: [String]?
        /// Working directory, absolute.
        public var cwd: String
        /// Capability sets.
        public var capabilities: Capabilities?
        /// Resource limits.
        public var rlimits: [Rlimit]?
        /// Whether exec may not gain privileges.
        public var noNewPrivileges: Bool?
        /// AppArmor profile.
        public var apparmorProfile: String?
        /// SELinux label.
        public var selinuxLabel: String?
        /// Adjustment of the out-of-memory score, -1000 to 1000.
        public var oomScoreAdj: Int?
        /// Input and output priority.
        public var ioPriority: IOPriority?

        /// Makes a process that runs as root in `/`.
        public init(
            args: [String]? = nil, env: [String]? = nil, cwd: String = "/", user: User = User(),
            terminal: Bool? = nil, consoleSize: ConsoleSize? = nil, capabilities: Capabilities? = nil,
            rlimits: [Rlimit]? = nil, noNewPrivileges: Bool? = nil, apparmorProfile: String? = nil,
            selinuxLabel: String? = nil, oomScoreAdj: Int? = nil, ioPriority: IOPriority? = nil
        ) {
            self.terminal = terminal
            self.consoleSize = consoleSize
            self.user = user
            self.args = args
            self.env = env
            self.cwd = cwd
            self.capabilities = capabilities
            self.rlimits = rlimits
            self.noNewPrivileges = noNewPrivileges
            self.apparmorProfile = apparmorProfile
            self.selinuxLabel = selinuxLabel
            self.oomScoreAdj = oomScoreAdj
            self.ioPriority = ioPriority
        }
    }

    /// The size of a terminal in characters.
    public struct ConsoleSize: Hashable, Sendable, Codable {
        /// Rows.
        public var height: UInt32
        /// Columns.
        public var width: UInt32

        /// Makes a size.
        public init(height: UInt32, width: UInt32) {
            self.height = height
            self.width = width
        }
    }

    /// Ids of a process.
    public struct User: Hashable, Sendable, Codable {
        /// User id inside the container.
        public var uid: UInt32
        /// Group id inside the container.
        public var gid: UInt32
        /// File mode creation mask.
        public var umask: UInt32?
        /// Supplementary groups.
        public var additionalGids: [UInt32]?

        /// Makes ids; root by default.
        public init(uid: UInt32 = 0, gid: UInt32 = 0, umask: UInt32? = nil, additionalGids: [UInt32]? = nil) {
            self.uid = uid
            self.gid = gid
            self.umask = umask
            self.additionalGids = additionalGids
        }
    }

    /// The five capability sets of a process (capabilities(7)), by names as `CAP_CHOWN`.
    public struct Capabilities: Hashable, Sendable, Codable {
        /// Limit of what exec may gain.
        public var bounding: [String]?
        /// What the kernel checks.
        public var effective: [String]?
        /// Kept over exec of files with inheritable capabilities.
        public var inheritable: [String]?
        /// What may be made effective.
        public var permitted: [String]?
        /// Kept over exec of ordinary files.
        public var ambient: [String]?

        /// Makes the sets.
        public init(
            bounding: [String]? = nil, effective: [String]? = nil, inheritable: [String]? = nil,
            permitted: [String]? = nil, ambient: [String]? = nil
        ) {
            self.bounding = bounding
            self.effective = effective
            self.inheritable = inheritable
            self.permitted = permitted
            self.ambient = ambient
        }
    }

    /// One resource limit (getrlimit(2)).
    public struct Rlimit: Hashable, Sendable, Codable {
        /// Name as `RLIMIT_NOFILE`.
        public var type: String
        /// What the kernel enforces.
        public var soft: UInt64
        /// Ceiling of the soft limit.
        public var hard: UInt64

        /// Makes a limit.
        public init(type: String, soft: UInt64, hard: UInt64) {
            self.type = type
            self.soft = soft
            self.hard = hard
        }
    }

    /// Input and output priority (ioprio_set(2)).
    public struct IOPriority: Hashable, Sendable, Codable {
        /// `IOPRIO_CLASS_RT`, `IOPRIO_CLASS_BE` or `IOPRIO_CLASS_IDLE`.
        public var `class`: String
        /// 0 (high) to 7 (low).
        public var priority: Int?

        /// Makes a priority.
        public init(class: String, priority: Int? = nil) {
            self.class = `class`
            self.priority = priority
        }
    }
}
