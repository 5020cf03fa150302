import CLinux
import Glibc

/// One capability of capabilities(7).
public enum Capability: Int32, Sendable, Hashable, CaseIterable {
    case chown = 0, dacOverride, dacReadSearch, fowner, fsetid, kill, setgid, setuid, setpcap, linuxImmutable
    case netBindService, netBroadcast, netAdmin, netRaw, ipcLock, ipcOwner, sysModule, sysRawio, sysChroot, sysPtrace
    case sysPacct, sysAdmin, sysBoot, sysNice, sysResource, sysTime, sysTtyConfig, mknod, lease, auditWrite
    case auditControl, setfcap, macOverride, macAdmin, syslog, wakeAlarm, blockSuspend, auditRead, perfmon, bpf
    case checkpointRestore

    private static let names = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ]

    /// Finds a capability by name, with or without `CAP_`, in any case; nil when there is none.
    public init?(name: String) {
        let upper = name.uppercased()
        let bare = upper.hasPrefix("CAP_") ? String(upper.dropFirst(4)) : upper
        guard let index = Self.names.firstIndex(of: bare) else { return nil }
        self.init(rawValue: Int32(index))
    }

    /// The name with `CAP_`, as the OCI specification writes it.
    public var name: String { "CAP_" + Self.names[Int(rawValue)] }
}

/// A set of capabilities as the kernel's bit mask.
public struct CapabilitySet: OptionSet, Sendable, Hashable {
    /// Bit n stands for capability number n.
    public let rawValue: UInt64

    /// Wraps a mask.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Gathers capabilities.
    public init(_ members: some Sequence<Capability>) {
        rawValue = members.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    }

    /// Whether the capability is in the set.
    public func has(_ capability: Capability) -> Bool { rawValue & (1 << UInt64(capability.rawValue)) != 0 }

    /// The names, in the kernel's order.
    public var names: [String] { Capability.allCases.filter(has).map(\.name) }

    /// Everything this process may hand on: its bounding set.
    public static func bounding() -> CapabilitySet {
        CapabilitySet(Capability.allCases.filter { skiff_bounding_has($0.rawValue) == 1 })
    }

    /// What the kernel checks for the calling thread.
    public static func effective() throws(LinuxError) -> CapabilitySet {
        var (effective, permitted, inheritable): (UInt64, UInt64, UInt64) = (0, 0, 0)
        _ = try outcome(skiff_capget(&effective, &permitted, &inheritable)).orThrow("capget")
        return CapabilitySet(rawValue: effective)
    }
}
