extension RuntimeSpec {
    /// What only Linux containers have (OCI runtime-spec, config-linux.md).
    public struct Linux: Hashable, Sendable, Codable {
        /// User mappings of a new user namespace.
        public var uidMappings: [IDMapping]?
        /// Group mappings of a new user namespace.
        public var gidMappings: [IDMapping]?
        /// Kernel parameters of the container's namespaces.
        public var sysctl: [String: String]?
        /// Limits, enforced by control groups.
        public var resources: Resources?
        /// Path of the control group, relative to the mount of each hierarchy.
        public var cgroupsPath: String?
        /// Namespaces to make or join; a type that is missing is shared with the runtime.
        public var namespaces: [Namespace]?
        /// Device files to make.
        public var devices: [Device]?
        /// System call filter.
        public var seccomp: Seccomp?
        /// Mount propagation of the root: `private`, `rslave`…
        public var rootfsPropagation: String?
        /// Paths that are made unreadable.
        public var maskedPaths: [String]?
        /// Paths that are made read-only.
        public var readonlyPaths: [String]?
        /// SELinux label of the mounts.
        public var mountLabel: String?

        /// Makes an empty description; set what is needed.
        public init() {}
    }

    /// One namespace of the container.
    public struct Namespace: Hashable, Sendable, Codable {
        /// The kinds of namespaces.
        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
            /// Process ids.
            case pid
            /// Network devices, addresses, rules.
            case network
            /// Mounts.
            case mount
            /// System V IPC and POSIX message queues.
            case ipc
            /// Host and domain name.
            case uts
            /// User and group ids.
            case user
            /// Control groups.
            case cgroup
            /// Boot and monotonic clocks.
            case time
        }

        /// The kind.
        public var type: Kind
        /// File of a namespace to join; nil makes a new one.
        public var path: String?

        /// Makes a namespace entry.
        public init(_ type: Kind, path: String? = nil) {
            self.type = type
            self.path = path
        }
    }

    /// A device file to make inside the container.
    public struct Device: Hashable, Sendable, Codable {
        /// `c`, `b`, `u` or `p`.
        public var type: String
        /// Absolute path inside the container.
        public var path: String
        /// Major number; none for a pipe.
        public var major: Int64?
        /// Minor number; none for a pipe.
        public var minor: Int64?
        /// Permission bits.
        public var fileMode: UInt32?
        /// Owner.
        public var uid: UInt32?
        /// Group.
        public var gid: UInt32?

        /// Makes a device.
        public init(
            path: String, type: String, major: Int64? = nil, minor: Int64? = nil, fileMode: UInt32? = nil,
            uid: UInt32? = nil, gid: UInt32? = nil
        ) {
            self.type = type
            self.path = path
            self.major = major
            self.minor = minor
            self.fileMode = fileMode
            self.uid = uid
            self.gid = gid
        }
    }

    /// A system call filter (OCI runtime-spec, config-linux.md, "Seccomp").
    public struct Seccomp: Hashable, Sendable, Codable {
        /// What happens to calls that no rule names, as `SCMP_ACT_ERRNO`.
        public var defaultAction: String
        /// Error number of the default action.
        public var defaultErrnoRet: UInt32?
        /// Architectures, as `SCMP_ARCH_X86_64`.
        public var architectures: [String]?
        /// Flags of seccomp(2).
        public var flags: [String]?
        /// Socket that receives notifications.
        public var listenerPath: String?
        /// Opaque text handed to the listener.
        public var listenerMetadata: String?
        /// The rules.
        public var syscalls: [Rule]?

        /// Makes a filter.
        public init(
            defaultAction: String, defaultErrnoRet: UInt32? = nil, architectures: [String]? = nil,
            flags: [String]? = nil, syscalls: [Rule]? = nil
        ) {
            self.defaultAction = defaultAction
            self.defaultErrnoRet = defaultErrnoRet
            self.architectures = architectures
            self.flags = flags
            self.syscalls = syscalls
        }

        /// One rule for a list of calls.
        public struct Rule: Hashable, Sendable, Codable {
            /// Names of the calls.
            public var names: [String]
            /// The action, as `SCMP_ACT_ALLOW`.
            public var action: String
            /// Error number of `SCMP_ACT_ERRNO`.
            public var errnoRet: UInt32?
            /// Conditions, all of which must hold.
            public var args: [Argument]?

            /// Makes a rule.
            public init(names: [String], action: String, errnoRet: UInt32? = nil, args: [Argument]? = nil) {
                self.names = names
                self.action = action
                self.errnoRet = errnoRet
                self.args = args
            }
        }

        /// A condition on one argument of a call.
        public struct Argument: Hashable, Sendable, Codable {
            /// Position, from 0.
            public var index: UInt32
            /// What it is compared with.
            public var value: UInt64
            /// Second operand of `SCMP_CMP_MASKED_EQ`.
            public var valueTwo: UInt64?
            /// The comparison, as `SCMP_CMP_EQ`.
            public var op: String

            /// Makes a condition.
            public init(index: UInt32, value: UInt64, valueTwo: UInt64? = nil, op: String) {
                self.index = index
                self.value = value
                self.valueTwo = valueTwo
                self.op = op
            }
        }
    }
}
