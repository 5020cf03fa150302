import CLinux

/// mount(8)'s option words as data: which bit each sets or clears.
enum MountOptions {
    /// What one word does.
    enum Effect {
        case set(UInt64)
        case clear(UInt64)
        /// The access-time bits are one field: clear it, then set.
        case accessTime(UInt64)
        case recursiveSet(UInt64)
        case recursiveClear(UInt64)
        case propagation(UInt64)
        case bind(recursive: Bool)
        case idMapped
        case copyUp
        case nothing
        /// A flag of the file system itself.
        case flag(String)
    }

    private static let readOnly = SKIFF_MOUNT_ATTR_RDONLY
    private static let noSuid = SKIFF_MOUNT_ATTR_NOSUID
    private static let noDevices = SKIFF_MOUNT_ATTR_NODEV
    private static let noExec = SKIFF_MOUNT_ATTR_NOEXEC

    private static let table: [String: Effect] = [
        "ro": .set(readOnly), "rw": .clear(readOnly), "nosuid": .set(noSuid), "suid": .clear(noSuid),
        "nodev": .set(noDevices), "dev": .clear(noDevices), "noexec": .set(noExec), "exec": .clear(noExec),
        "noatime": .accessTime(SKIFF_MOUNT_ATTR_NOATIME), "atime": .accessTime(SKIFF_MOUNT_ATTR_RELATIME),
        "relatime": .accessTime(SKIFF_MOUNT_ATTR_RELATIME), "norelatime": .accessTime(SKIFF_MOUNT_ATTR_STRICTATIME),
        "strictatime": .accessTime(SKIFF_MOUNT_ATTR_STRICTATIME),
        "nostrictatime": .accessTime(SKIFF_MOUNT_ATTR_RELATIME),
        "nodiratime": .set(SKIFF_MOUNT_ATTR_NODIRATIME), "diratime": .clear(SKIFF_MOUNT_ATTR_NODIRATIME),
        "nosymfollow": .set(SKIFF_MOUNT_ATTR_NOSYMFOLLOW), "symfollow": .clear(SKIFF_MOUNT_ATTR_NOSYMFOLLOW),
        "rro": .recursiveSet(readOnly), "rrw": .recursiveClear(readOnly), "rnosuid": .recursiveSet(noSuid),
        "rsuid": .recursiveClear(noSuid), "rnodev": .recursiveSet(noDevices), "rdev": .recursiveClear(noDevices),
        "rnoexec": .recursiveSet(noExec), "rexec": .recursiveClear(noExec),
        "private": .propagation(SKIFF_MS_PRIVATE), "rprivate": .propagation(SKIFF_MS_PRIVATE | SKIFF_MS_REC),
        "slave": .propagation(SKIFF_MS_SLAVE), "rslave": .propagation(SKIFF_MS_SLAVE | SKIFF_MS_REC),
        "shared": .propagation(SKIFF_MS_SHARED), "rshared": .propagation(SKIFF_MS_SHARED | SKIFF_MS_REC),
        "unbindable": .propagation(SKIFF_MS_UNBINDABLE),
        "runbindable": .propagation(SKIFF_MS_UNBINDABLE | SKIFF_MS_REC),
        "bind": .bind(recursive: false), "rbind": .bind(recursive: true), "idmap": .idMapped, "ridmap": .idMapped,
        "copy-up": .copyUp, "tmpcopyup": .copyUp, "defaults": .nothing, "nocopy": .nothing,
        "sync": .flag("sync"), "dirsync": .flag("dirsync"), "lazytime": .flag("lazytime"),
    ]

    /// What a word does; nil when it is a parameter of the file system.
    static func effect(_ word: String) -> Effect? { table[word] }

    /// Propagation words of `linux.rootfsPropagation`; nil for an unknown one.
    static func propagation(_ word: String) -> UInt64? {
        guard case .propagation(let bits)? = table[word] else { return nil }
        return bits
    }
}
