import CLinux
import CSeccomp
import Glibc
import Synchronization

/// Policies as programs for the kernel (classic BPF), compiled by libseccomp once and kept as bytes.
public enum SeccompFilter {
    /// Programs kept: one per policy in use, at most this many; further ones are compiled each time.
    public static let cacheLimit = 64
    private static let cache = Mutex<[SeccompProfile: [UInt8]]>([:])

    /// The program of a policy, an array of `struct sock_filter`. Takes some milliseconds the first time. Names this
    /// machine does not know are skipped; an unknown architecture is an error.
    public static func program(for profile: SeccompProfile) throws(LinuxError) -> [UInt8] {
        if let known = cache.withLock({ $0[profile] }) { return known }
        let bytes = try compile(profile)
        cache.withLock { if $0.count < cacheLimit { $0[profile] = bytes } }
        return bytes
    }

    private static func compile(_ profile: SeccompProfile) throws(LinuxError) -> [UInt8] {
        guard let context = seccomp_init(profile.defaultAction.returnValue) else {
            throw LinuxError("seccomp_init", "", Errno(ENOMEM))
        }
        defer { seccomp_release(context) }
        for name in profile.architectures {
            try check(seccomp_arch_add(context, try architecture(name)), "seccomp_arch_add", name, except: EEXIST)
        }
        // The kernel refuses NO_NEW_PRIVS itself when it is needed; the loader of the program decides about it.
        try check(seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0), "seccomp_attr_set", "NNP")
        // A binary tree instead of a list: the container's hottest calls pay for few comparisons.
        try check(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "seccomp_attr_set", "OPTIMIZE")
        for rule in profile.rules where rule.action != profile.defaultAction {
            try add(rule, to: context)
        }
        let memory = try MemoryFile.make(name: "skiff-seccomp", [])
        try check(seccomp_export_bpf(context, memory.raw), "seccomp_export_bpf", "")
        let size = try memory.status().sizeBytes
        return unknownCallGuard(profile) + (try memory.read(at: 0, upTo: Int(size)))
    }

    private static func add(_ rule: SeccompProfile.Rule, to context: scmp_filter_ctx) throws(LinuxError) {
        let conditions = rule.conditions.map { condition in
            scmp_arg_cmp(
                arg: condition.index, op: compareOperator(condition.comparison), datum_a: condition.value,
                datum_b: condition.valueTwo
            )
        }
        for name in rule.names {
            let number = seccomp_syscall_resolve_name(name)
            if number == -1 { continue }
            let added = seccomp_rule_add_array(
                context, rule.action.returnValue, number, UInt32(conditions.count), conditions
            )
            // A call that exists on one of the architectures only, or a rule that is there already.
            try check(added, "seccomp_rule_add", name, except: EDOM, EEXIST)
        }
    }

    private static func compareOperator(_ comparison: SeccompProfile.Comparison) -> scmp_compare {
        switch comparison {
        case .notEqual: SCMP_CMP_NE
        case .less: SCMP_CMP_LT
        case .lessOrEqual: SCMP_CMP_LE
        case .equal: SCMP_CMP_EQ
        case .greaterOrEqual: SCMP_CMP_GE
        case .greater: SCMP_CMP_GT
        case .maskedEqual: SCMP_CMP_MASKED_EQ
        }
    }

    private static func architecture(_ name: String) throws(LinuxError) -> UInt32 {
        let short = name.hasPrefix("SCMP_ARCH_") ? String(name.dropFirst(10)) : name
        let token = seccomp_arch_resolve_name(short.lowercased())
        guard token != 0 else {
            throw LinuxError(
                code: .invalid, call: "seccomp", argument: name, detail: "is no architecture libseccomp knows")
        }
        return token
    }

    private static func check(
        _ result: Int32, _ call: String, _ argument: String, except: Int32...
    ) throws(LinuxError) {
        if result < 0 && !except.contains(-result) { throw LinuxError(call, argument, Errno(-result)) }
    }

    /// Instructions put before the program: calls newer than every call the policy speaks of fail with ENOSYS instead
    /// of EPERM, because C libraries fall back to older calls only then (as runc does).
    private static func unknownCallGuard(_ profile: SeccompProfile) -> [UInt8] {
        guard case .errno = profile.defaultAction else { return [] }
        let native = seccomp_arch_native()
        let newest =
            profile.rules.flatMap(\.names)
            .map { seccomp_syscall_resolve_name_arch(native, $0) }.max() ?? -1
        guard newest >= 0 else { return [] }
        // Only for the native architecture, and not for x32, whose numbers carry bit 30.
        return Self.instruction(code: 0x20, value: 4)
            + Self.instruction(code: 0x15, ifFalse: 4, value: native)
            + Self.instruction(code: 0x20, value: 0)
            + Self.instruction(code: 0x35, ifTrue: 2, value: 0x4000_0000)
            + Self.instruction(code: 0x25, ifFalse: 1, value: UInt32(newest))
            + Self.instruction(code: 0x06, value: SeccompProfile.Action.errno(38).returnValue)
    }

    /// struct sock_filter: code, jump if true, jump if false, value.
    private static func instruction(code: UInt16, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0, value: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        withUnsafeBytes(of: code) { bytes.append(contentsOf: $0) }
        bytes.append(ifTrue)
        bytes.append(ifFalse)
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
        return bytes
    }
}
