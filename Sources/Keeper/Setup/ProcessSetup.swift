import SystemLinux

/// What one process gets just before execve: numbers and masks only, no names left to look up.
struct ProcessSetup: Sendable, Hashable {
    var arguments: [String] = []
    var environment: [String] = []
    var workingDirectory = "/"
    var userID: UInt32 = 0
    var groupID: UInt32 = 0
    var groups: [UInt32] = []
    var umask: UInt32?
    var capabilities = CapabilityMasks()
    var limits: [LimitSetup] = []
    var noNewPrivileges = false
    /// Compiled filter; empty installs none.
    var seccomp: [UInt8] = []
    var oomScoreAdjustment: Int32?
    /// The value of ioprio_set(2).
    var ioPriority: Int32?
}

/// The five sets of capabilities(7) as masks.
struct CapabilityMasks: Sendable, Hashable {
    var bounding: UInt64 = 0
    var effective: UInt64 = 0
    var permitted: UInt64 = 0
    var inheritable: UInt64 = 0
    var ambient: UInt64 = 0
}

/// One resource limit.
struct LimitSetup: Sendable, Hashable {
    var name: String
    /// RLIMIT_* number.
    var resource: Int32
    var soft: UInt64
    var hard: UInt64
    /// Whether the launch fails when it cannot be raised.
    var required: Bool
}

extension ProcessSetup: BinaryCodable {
    func encode(to writer: inout BinaryWriter) {
        writer.put(list: arguments) { $0.put($1) }
        writer.put(list: environment) { $0.put($1) }
        writer.put(workingDirectory)
        writer.put(userID)
        writer.put(groupID)
        writer.put(list: groups) { $0.put($1) }
        writer.put(optional: umask) { $0.put($1) }
        writer.put(capabilities.bounding)
        writer.put(capabilities.effective)
        writer.put(capabilities.permitted)
        writer.put(capabilities.inheritable)
        writer.put(capabilities.ambient)
        writer.put(list: limits) {
            $0.put($1.name)
            $0.put($1.resource)
            $0.put($1.soft)
            $0.put($1.hard)
            $0.put($1.required)
        }
        writer.put(noNewPrivileges)
        writer.put(seccomp)
        writer.put(optional: oomScoreAdjustment) { $0.put($1) }
        writer.put(optional: ioPriority) { $0.put($1) }
    }

    init(from reader: inout BinaryReader) throws(KeeperError) {
        arguments = try reader.list { reader throws(KeeperError) in try reader.text() }
        environment = try reader.list { reader throws(KeeperError) in try reader.text() }
        workingDirectory = try reader.text()
        userID = try reader.number()
        groupID = try reader.number()
        groups = try reader.list { reader throws(KeeperError) in try reader.number() }
        umask = try reader.optional { reader throws(KeeperError) in try reader.number() }
        capabilities = CapabilityMasks(
            bounding: try reader.number(), effective: try reader.number(), permitted: try reader.number(),
            inheritable: try reader.number(), ambient: try reader.number()
        )
        limits = try reader.list { reader throws(KeeperError) in
            LimitSetup(
                name: try reader.text(), resource: try reader.number(), soft: try reader.number(),
                hard: try reader.number(), required: try reader.bool()
            )
        }
        noNewPrivileges = try reader.bool()
        seccomp = try reader.blob()
        oomScoreAdjustment = try reader.optional { reader throws(KeeperError) in try reader.number() }
        ioPriority = try reader.optional { reader throws(KeeperError) in try reader.number() }
    }
}
