import CLinux
import OCI
import SystemLinux

extension LaunchPlan {
    /// Checks the plan and turns names into numbers: what the keeper reads. Pure but for compiling the system call
    /// filter. Throws `invalidPlan` or `unsupported` naming the field.
    public func compiled() throws(KeeperError) -> [UInt8] {
        try order().encoded()
    }

    func order() throws(KeeperError) -> LaunchOrder {
        try PlanCompiler.checkID(id)
        guard let process = spec.process else {
            throw KeeperError(.invalidPlan, "process is missing in the plan of \(id)")
        }
        try PlanCompiler.refuseHooks(spec)
        let filter = try PlanCompiler.filter(seccomp, profile: spec.linux?.seccomp, process: process)
        var order = LaunchOrder(
            id: id, process: try PlanCompiler.process(process, seccomp: filter, required: requiredRlimits), stdio: stdio
        )
        order.container = try ContainerCompiler(plan: self).setup()
        order.cgroup = cgroup
        order.usesInit = usesInit
        order.waitsForStart = waitsForStart
        try PlanCompiler.checkTerminal(process, stdio)
        return order
    }
}

extension ExecPlan {
    /// Checks the plan and turns names into numbers: what the keeper reads.
    public func compiled() throws(KeeperError) -> [UInt8] {
        try order().encoded()
    }

    func order() throws(KeeperError) -> LaunchOrder {
        try PlanCompiler.checkID(id)
        try PlanCompiler.checkID(container)
        guard stdio.log == nil else {
            throw KeeperError(.unsupported, "stdio.log: only a container's first process is logged")
        }
        let filter = try PlanCompiler.filter(seccomp, profile: seccompProfile, process: process)
        let setup = try PlanCompiler.process(process, seccomp: filter, required: requiredRlimits)
        try PlanCompiler.checkTerminal(process, stdio)
        return LaunchOrder(id: id, joined: container, process: setup, stdio: stdio, waitsForStart: waitsForStart)
    }
}

/// The parts of compiling that containers and execs share.
enum PlanCompiler {
    static let idLimit = 255

    static func checkID(_ id: String) throws(KeeperError) {
        let allowed = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
            default: false
            }
        }
        // The id becomes a file name: no slash, no leading dot.
        guard allowed, !id.isEmpty, !id.hasPrefix("."), id.utf8.count <= idLimit else {
            throw KeeperError(.invalidPlan, "id \"\(id)\" must be 1 to \(idLimit) letters, digits, '_', '-' or '.'")
        }
    }

    static func refuseHooks(_ spec: RuntimeSpec) throws(KeeperError) {
        guard let hooks = spec.hooks else { return }
        let inside = (hooks.createContainer ?? []) + (hooks.startContainer ?? [])
        // The other kinds run on the host: the daemon's part.
        if !inside.isEmpty {
            throw KeeperError(
                .unsupported, "hooks.createContainer and hooks.startContainer are not supported; remove them")
        }
    }

    static func checkTerminal(_ process: RuntimeSpec.Process, _ stdio: StdioPlan) throws(KeeperError) {
        let wanted = process.terminal ?? false
        let given = if case .terminal = stdio.kind { true } else { false }
        guard wanted == given else {
            throw KeeperError(.invalidPlan, "process.terminal is \(wanted) but the streams are \(stdio.kind)")
        }
    }

    static func filter(
        _ choice: SeccompChoice, profile: RuntimeSpec.Seccomp?, process: RuntimeSpec.Process
    ) throws(KeeperError) -> [UInt8] {
        let chosen: SeccompProfile
        switch choice {
        case .unconfined: return []
        case .standard:
            let bounding = try mask(process.capabilities?.bounding, "bounding")
            chosen = SeccompProfile.standard(CapabilitySet(rawValue: bounding))
        case .fromSpec:
            guard let profile else { throw KeeperError(.invalidPlan, "linux.seccomp is missing") }
            chosen = try SeccompProfile(oci: profile)
        }
        do {
            return try SeccompFilter.program(for: chosen)
        } catch {
            throw KeeperError(error, code: .invalidPlan, step: "seccomp")
        }
    }

    static func mask(_ names: [String]?, _ set: String) throws(KeeperError) -> UInt64 {
        var bits: UInt64 = 0
        for name in names ?? [] {
            guard let capability = Capability(name: name) else {
                throw KeeperError(.invalidPlan, "process.capabilities.\(set): unknown capability \(name)")
            }
            bits |= 1 << UInt64(capability.rawValue)
        }
        return bits
    }

    static func process(
        _ process: RuntimeSpec.Process, seccomp: [UInt8], required: Set<String>
    ) throws(KeeperError) -> ProcessSetup {
        guard let arguments = process.args, !arguments.isEmpty else {
            throw KeeperError(.invalidPlan, "process.args is empty: there is no program to run")
        }
        guard process.cwd.hasPrefix("/") else {
            throw KeeperError(.invalidPlan, "process.cwd \"\(process.cwd)\" must be an absolute path")
        }
        for text in arguments + (process.env ?? []) + [process.cwd] where text.utf8.contains(0) {
            throw KeeperError(.invalidPlan, "process.args, env and cwd must not contain a zero byte")
        }
        if let profile = process.apparmorProfile, !profile.isEmpty, profile != "unconfined" {
            throw KeeperError(.unsupported, "process.apparmorProfile \(profile): AppArmor is not supported")
        }
        if let label = process.selinuxLabel, !label.isEmpty {
            throw KeeperError(.unsupported, "process.selinuxLabel \(label): SELinux is not supported")
        }
        var setup = ProcessSetup()
        setup.arguments = arguments
        setup.environment = process.env ?? []
        setup.workingDirectory = process.cwd
        setup.userID = process.user.uid
        setup.groupID = process.user.gid
        setup.groups = process.user.additionalGids ?? []
        setup.umask = process.user.umask
        setup.capabilities = CapabilityMasks(
            bounding: try mask(process.capabilities?.bounding, "bounding"),
            effective: try mask(process.capabilities?.effective, "effective"),
            permitted: try mask(process.capabilities?.permitted, "permitted"),
            inheritable: try mask(process.capabilities?.inheritable, "inheritable"),
            ambient: try mask(process.capabilities?.ambient, "ambient")
        )
        setup.limits = try limits(process.rlimits ?? [], required)
        setup.noNewPrivileges = process.noNewPrivileges ?? false
        setup.seccomp = seccomp
        setup.oomScoreAdjustment = process.oomScoreAdj.map { Int32(clamping: $0) }
        setup.ioPriority = try ioPriority(process.ioPriority)
        return setup
    }

    private static func limits(
        _ wanted: [RuntimeSpec.Rlimit], _ required: Set<String>
    ) throws(KeeperError) -> [LimitSetup] {
        var setups: [LimitSetup] = []
        for limit in wanted {
            guard let resource = ResourceLimit(name: limit.type) else {
                throw KeeperError(.invalidPlan, "process.rlimits: unknown limit \(limit.type)")
            }
            guard limit.soft <= limit.hard else {
                throw KeeperError(.invalidPlan, "process.rlimits: \(limit.type) soft limit exceeds its hard limit")
            }
            setups.append(
                LimitSetup(
                    name: limit.type, resource: resource.rawValue, soft: limit.soft, hard: limit.hard,
                    required: required.contains(limit.type)
                )
            )
        }
        return setups
    }

    private static func ioPriority(_ priority: RuntimeSpec.IOPriority?) throws(KeeperError) -> Int32? {
        guard let priority else { return nil }
        let classes: [String: Int32] = ["IOPRIO_CLASS_RT": 1, "IOPRIO_CLASS_BE": 2, "IOPRIO_CLASS_IDLE": 3]
        guard let number = classes[priority.class], (0...7).contains(priority.priority ?? 0) else {
            throw KeeperError(.invalidPlan, "process.ioPriority \(priority.class) \(priority.priority ?? 0) is invalid")
        }
        return number << 13 | Int32(priority.priority ?? 0)
    }
}

extension SeccompProfile {
    /// Translates the specification's form; unknown words are refused by name.
    init(oci: RuntimeSpec.Seccomp) throws(KeeperError) {
        if let path = oci.listenerPath, !path.isEmpty {
            throw KeeperError(.unsupported, "linux.seccomp.listenerPath is not supported; remove it")
        }
        if let flag = oci.flags?.first {
            throw KeeperError(.unsupported, "linux.seccomp.flags: \(flag) is not supported; remove it")
        }
        guard let action = Action(oci.defaultAction, errno: oci.defaultErrnoRet) else {
            throw KeeperError(.invalidPlan, "linux.seccomp.defaultAction: unknown action \(oci.defaultAction)")
        }
        var rules: [Rule] = []
        for rule in oci.syscalls ?? [] {
            guard let action = Action(rule.action, errno: rule.errnoRet) else {
                throw KeeperError(.invalidPlan, "linux.seccomp.syscalls: unknown action \(rule.action)")
            }
            var conditions: [Condition] = []
            for argument in rule.args ?? [] {
                guard let comparison = Comparison(rawValue: argument.op) else {
                    throw KeeperError(.invalidPlan, "linux.seccomp.syscalls: unknown comparison \(argument.op)")
                }
                conditions.append(
                    Condition(argument.index, comparison, argument.value, argument.valueTwo ?? 0)
                )
            }
            rules.append(Rule(rule.names, action, conditions))
        }
        self.init(defaultAction: action, architectures: oci.architectures ?? [], rules: rules)
    }
}
