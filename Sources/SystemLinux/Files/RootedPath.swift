import CLinux
import Glibc

/// Paths inside a directory that is not trusted: symbolic links are resolved as if it were `/`, magic links of proc
/// never (openat2(2); CVE-2018-15664, CVE-2021-30465, CVE-2024-45310). Calls block.
public struct RootedPath: Sendable {
    /// The directory that stands for `/`.
    public let root: OwnedFD
    private static let linkLimit = 40

    /// Confines paths to `root`, an open directory.
    public init(root: OwnedFD) {
        self.root = root
    }

    /// Opens what `path` names inside the root. `flags` are open(2)'s, O_PATH by default.
    public func open(
        _ path: String, flags: Int32 = SKIFF_O_PATH, mode: UInt32 = 0, followLinks: Bool = true
    ) throws(LinuxError) -> OwnedFD {
        OwnedFD(try tryOpen(path, flags: flags, mode: mode, followLinks: followLinks).orThrow("openat2", path))
    }

    /// Like `open`, as a result, so that callers can tell missing from wrong.
    public func tryOpen(
        _ path: String, flags: Int32 = SKIFF_O_PATH, mode: UInt32 = 0, followLinks: Bool = true
    ) -> Result<Int32, Errno> {
        var resolve = UInt64(SKIFF_RESOLVE_IN_ROOT | SKIFF_RESOLVE_NO_MAGICLINKS)
        if !followLinks { resolve |= UInt64(SKIFF_RESOLVE_NO_SYMLINKS) }
        let all = UInt64(UInt32(bitPattern: flags | O_CLOEXEC))
        while true {
            let fd = skiff_openat2(root.raw, path.isEmpty ? "." : path, all, UInt64(mode), resolve)
            // EAGAIN means a rename raced with `..`; the kernel asks to try again.
            if fd == -EAGAIN || fd == -EINTR { continue }
            return outcome(fd)
        }
    }

    /// Opens the directory `path` (O_PATH), making what is missing with `mode`, also where a broken link points.
    public func makeDirectory(_ path: String, mode: UInt32 = 0o755) throws(LinuxError) -> OwnedFD {
        try make(path, .directory(mode), links: 0)
    }

    /// Opens the file `path` (O_PATH), making it empty with `mode` when missing, also where a broken link points.
    public func makeFile(_ path: String, mode: UInt32 = 0o644) throws(LinuxError) -> OwnedFD {
        try make(path, .file(mode), links: 0)
    }

    private enum Kind {
        case directory(UInt32)
        case file(UInt32)
    }

    private func make(_ path: String, _ kind: Kind, links: Int) throws(LinuxError) -> OwnedFD {
        guard links <= Self.linkLimit else { throw LinuxError("openat2", path, .linkLoop) }
        let directoryFlag: Int32 = if case .directory = kind { O_DIRECTORY } else { 0 }
        switch tryOpen(path, flags: SKIFF_O_PATH | directoryFlag) {
        case .success(let fd): return OwnedFD(fd)
        case .failure(.noEntry): break
        case .failure(let errno): throw LinuxError("openat2", path, errno)
        }
        let components = path.split(separator: "/", omittingEmptySubsequences: true).filter { $0 != "." }
        guard let last = components.last else { return try open(".") }
        let above = components.dropLast().joined(separator: "/")
        let parent = try make(above, .directory(0o755), links: links + 1)
        if last == ".." { return try open("\(above)/..", flags: SKIFF_O_PATH | O_DIRECTORY) }
        if let target = try? File.readLink(String(last), in: parent) {
            // A broken link: what it names is what must be made (images link /etc/resolv.conf into /run).
            return try make(target.hasPrefix("/") ? target : "\(above)/\(target)", kind, links: links + 1)
        }
        return try create(String(last), kind, in: parent, path: path)
    }

    /// Makes one component below a directory that is already held, and proves that no link took its place.
    private func create(_ name: String, _ kind: Kind, in parent: OwnedFD, path: String) throws(LinuxError) -> OwnedFD {
        switch kind {
        case .directory(let mode):
            let made = outcome(skiff_mkdirat(parent.raw, name, mode))
            if case .failure(let errno) = made, errno != .exists { throw LinuxError("mkdir", path, errno) }
            return try RootedPath(root: parent).open(name, flags: SKIFF_O_PATH | O_DIRECTORY, followLinks: false)
        case .file(let mode):
            let flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
            let made = outcome(skiff_openat(parent.raw, name, flags, mode))
            OwnedFD(try made.orThrow("create", path)).close()
            return try RootedPath(root: parent).open(name, followLinks: false)
        }
    }
}
