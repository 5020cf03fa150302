import CLinux
import Glibc

/// The kernel's namespaces: entering, making and pinning them. A pinned namespace is a file that keeps it alive
/// without any process; remove it with `unpin`.
public enum Namespaces {
    /// One kind of namespace.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case mount, network, uts, ipc, pid, user, cgroup

        /// The CLONE_NEW* flag.
        public var flag: UInt64 {
            switch self {
            case .mount: SKIFF_CLONE_NEWNS
            case .network: SKIFF_CLONE_NEWNET
            case .uts: SKIFF_CLONE_NEWUTS
            case .ipc: SKIFF_CLONE_NEWIPC
            case .pid: SKIFF_CLONE_NEWPID
            case .user: SKIFF_CLONE_NEWUSER
            case .cgroup: SKIFF_CLONE_NEWCGROUP
            }
        }

        /// The file's name in `/proc/PID/ns`.
        public var procName: String {
            switch self {
            case .mount: "mnt"
            case .network: "net"
            default: rawValue
            }
        }
    }

    /// Opens the namespace file at `path` and proves that it is one of this kind. A path that is anything else is
    /// refused, so a replaced file cannot smuggle in another namespace.
    public static func open(_ path: String, _ kind: Kind) throws(LinuxError) -> OwnedFD {
        let file = try File.open(path)
        guard let type = try? outcome(skiff_namespace_type(file.raw)).get(), UInt64(type) == kind.flag else {
            throw LinuxError(
                code: .invalid, call: "open namespace", argument: path, detail: "is not a \(kind.rawValue) namespace"
            )
        }
        return file
    }

    /// Moves the calling thread into a namespace. Not for threads of the cooperative pool.
    public static func enter(_ namespace: Int32, _ kind: Kind) throws(LinuxError) {
        _ = try outcome(skiff_setns(namespace, kind.flag)).orThrow("setns", kind.rawValue)
    }

    /// Makes a new namespace and pins it at `path` (a file that is made when missing). Blocks for a short-lived
    /// thread; needs root. Only for network, uts and ipc: the others cannot outlive their processes usefully.
    public static func pin(_ kind: Kind, at path: String) throws {
        guard [.network, .uts, .ipc].contains(kind) else {
            throw LinuxError(
                code: .unsupported, call: "pin", argument: path, detail: "cannot pin a \(kind.rawValue) namespace")
        }
        OwnedFD(try outcome(skiff_openat(AT_FDCWD, path, O_RDONLY | O_CREAT | O_CLOEXEC, 0o600)).orThrow("open", path))
            .close()
        try DedicatedThread.run {
            _ = try outcome(skiff_unshare(kind.flag)).orThrow("unshare", kind.rawValue)
            let source = "/proc/thread-self/ns/\(kind.procName)"
            _ = try outcome(skiff_mount(source, path, nil, SKIFF_MS_BIND, nil)).orThrow("mount", path)
        }
    }

    /// Lets a pinned namespace go and removes its file. A path that is not there is fine.
    public static func unpin(_ path: String) throws(LinuxError) {
        switch outcome(skiff_umount(path, 1)) {
        case .success, .failure(.invalid), .failure(.noEntry): break
        case .failure(let errno): throw LinuxError("umount", path, errno)
        }
        try File.remove(path, ifExists: true)
    }

    /// Runs `body` on a fresh thread inside a namespace and waits for it; the thread ends afterwards. Blocks.
    public static func inside<Value: Sendable>(
        _ namespace: OwnedFD, _ kind: Kind, _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        try DedicatedThread.run {
            // A mount namespace can only be entered by a thread that shares its root and cwd with nobody.
            if kind == .mount { _ = try outcome(skiff_unshare(SKIFF_CLONE_FS)).orThrow("unshare", "fs") }
            try enter(namespace.raw, kind)
            return try body()
        }
    }
}
