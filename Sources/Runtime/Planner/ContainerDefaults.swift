import OCI

/// What a container gets when nobody asks for anything: Docker's defaults (docker-oci.md §3.2).
enum ContainerDefaults {
    /// PATH of a program whose image names none.
    static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The 14 capabilities of an ordinary container.
    static let capabilities = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",
        "CAP_AUDIT_WRITE",
    ]

    /// Every capability of capabilities(7) in the kernel's order.
    static let allCapabilities = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
        "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ]

    /// Files and directories the container must not read.
    static let maskedPaths = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/firmware",
        "/sys/devices/virtual/powercap",
    ]

    /// Parts of /proc that the container must not write.
    static let readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

    /// Size of /dev/shm in bytes.
    static let shmSizeBytes: Int64 = 64 * 1024 * 1024

    /// The kernel file systems every container sees, in mount order.
    static func mounts(shmSizeBytes: Int64, privileged: Bool) -> [RuntimeSpec.Mount] {
        let system = ["nosuid", "noexec", "nodev"]
        return [
            RuntimeSpec.Mount(destination: "/proc", type: "proc", source: "proc", options: system),
            RuntimeSpec.Mount(
                destination: "/dev", type: "tmpfs", source: "tmpfs",
                options: ["nosuid", "strictatime", "mode=755", "size=65536k"]
            ),
            RuntimeSpec.Mount(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]
            ),
            RuntimeSpec.Mount(
                destination: "/sys", type: "sysfs", source: "sysfs", options: system + [privileged ? "rw" : "ro"]
            ),
            RuntimeSpec.Mount(
                destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
                options: [privileged ? "rw" : "ro"] + system
            ),
            RuntimeSpec.Mount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: system),
            RuntimeSpec.Mount(
                destination: "/dev/shm", type: "tmpfs", source: "shm",
                options: system + ["mode=1777", "size=\(shmSizeBytes > 0 ? shmSizeBytes : Self.shmSizeBytes)"]
            ),
        ]
    }

    /// Which devices a container may use: nothing, then the harmless ones (runtime-spec, "Default Devices").
    static let deviceRules: [RuntimeSpec.DeviceRule] = [
        RuntimeSpec.DeviceRule(allow: false, access: "rwm"),
        RuntimeSpec.DeviceRule(allow: true, type: "c", access: "m"),
        RuntimeSpec.DeviceRule(allow: true, type: "b", access: "m"),
        RuntimeSpec.DeviceRule(allow: true, type: "c", major: 1, minor: 3, access: "rwm"),
        RuntimeSpec.DeviceRule(allow: true, type: "c", major: 1, minor: 5, access: "rwm"),
        RuntimeSpec.DeviceRule(allow: true, type: "c", major: 1, minor: 7, access: "rwm"),
        RuntimeSpec.DeviceRule(allow: true, type: "c", major: 1, minor: 8, access: "rwm"),
        RuntimeSpec.DeviceRule(allow: true, type: "c", major: 1, minor: 9, access: "rwm"),
        RuntimeSpec.DeviceRule(allow: true, type: "c", major: 5, minor: 0, access: "rwm"),
        RuntimeSpec.DeviceRule(allow: true, type: "c", major: 5, minor: 1, access: "rwm"),
        RuntimeSpec.DeviceRule(allow: true, type: "c", major: 5, minor: 2, access: "rwm"),
        RuntimeSpec.DeviceRule(allow: true, type: "c", major: 136, access: "rwm"),
        RuntimeSpec.DeviceRule(allow: false, type: "c", major: 10, minor: 229, access: "rwm"),
    ]

    /// Kernel switches of a container's own network namespace.
    static let networkSysctls = [
        "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647",
    ]
}
