import CLinux
import Glibc

/// An open directory whose entries are worked on by descriptor, with exact names, never following a link.
///
/// This is the ground of everything that handles other people's trees: a name is one component, checked here, so
/// nothing reaches outside the directory. All calls block; errors name the call and the name.
public struct TreeDirectory: Sendable {
    /// The open directory.
    public let descriptor: OwnedFD

    /// Works on a directory that is open already.
    public init(_ descriptor: OwnedFD) { self.descriptor = descriptor }

    /// Opens the directory at `path`; the last component may not be a link.
    public init(path: String) throws(LinuxError) {
        descriptor = try File.open(path, [.directory, .noFollow])
    }

    /// The names in it with their kinds, in byte order.
    public func entries() throws(LinuxError) -> [(name: FileName, kind: FileKind)] {
        var found: [(name: FileName, kind: FileKind)] = []
        try Directory.rawEntries(of: descriptor) { name, kind in found.append((FileName(bytes: name), kind)) }
        return found.sorted { $0.name < $1.name }
    }

    /// Type, owner, size and times of an entry, of a link itself.
    public func status(_ name: FileName) throws(LinuxError) -> FileStatus {
        var raw = stat()
        _ = try call("fstatat", name) { skiff_fstatat(descriptor.raw, $0, &raw, AT_SYMLINK_NOFOLLOW) }
        return FileStatus(raw)
    }

    /// The same, or nil when there is no such entry.
    public func statusIfPresent(_ name: FileName) throws(LinuxError) -> FileStatus? {
        do { return try status(name) } catch  where error.errno == .noEntry { return nil }
    }

    /// Opens a directory below; a link in its place is an error.
    public func directory(_ name: FileName) throws(LinuxError) -> TreeDirectory {
        let flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        return TreeDirectory(OwnedFD(try call("open", name) { skiff_openat(descriptor.raw, $0, flags, 0) }))
    }

    /// Opens the directory at a relative path below, following links only as long as they are relative and stay
    /// below this directory (openat2 RESOLVE_BENEATH). The errno tells an escape (EXDEV) from a missing part.
    public func directoryBeneath(_ path: FileName) throws(LinuxError) -> TreeDirectory {
        let resolve = UInt64(SKIFF_RESOLVE_BENEATH | SKIFF_RESOLVE_NO_MAGICLINKS)
        let flags = UInt64(UInt32(bitPattern: O_DIRECTORY | O_CLOEXEC))
        while true {
            let opened = outcome(path.withCString { skiff_openat2(descriptor.raw, $0, flags, 0, resolve) })
            // EAGAIN: a rename raced with the walk; the kernel asks to try again.
            if case .failure(.wouldBlock) = opened { continue }
            return TreeDirectory(OwnedFD(try opened.orThrow("openat2", path.description)))
        }
    }

    /// Opens a regular file below for reading; never waits for a fifo and never follows a link.
    public func file(_ name: FileName) throws(LinuxError) -> OwnedFD {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY
        return OwnedFD(try call("open", name) { skiff_openat(descriptor.raw, $0, flags, 0) })
    }

    /// Makes an empty file and opens it for writing; an existing entry is an error.
    public func createFile(_ name: FileName, mode: UInt32 = 0o600) throws(LinuxError) -> OwnedFD {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        return OwnedFD(try call("create", name) { skiff_openat(descriptor.raw, $0, flags, mode) })
    }

    /// Makes a directory; an existing entry is an error.
    public func createDirectory(_ name: FileName, mode: UInt32 = 0o700) throws(LinuxError) {
        _ = try call("mkdir", name) { skiff_mkdirat(descriptor.raw, $0, mode) }
    }

    /// Makes a symbolic link that says `target`.
    public func createLink(_ name: FileName, to target: FileName) throws(LinuxError) {
        _ = try call("symlink", name) { link in
            target.withCString { skiff_symlinkat($0, descriptor.raw, link) }
        }
    }

    /// Makes a device node, fifo or socket file. `kind` must be one of those.
    public func createNode(
        _ name: FileName, kind: FileKind, major: UInt32 = 0, minor: UInt32 = 0
    ) throws(LinuxError) {
        let type: mode_t
        switch kind {
        case .characterDevice: type = S_IFCHR
        case .blockDevice: type = S_IFBLK
        case .fifo: type = S_IFIFO
        case .socket: type = S_IFSOCK
        default: throw LinuxError("mknod", name.description, .invalid)
        }
        _ = try call("mknod", name) { skiff_mknodat(descriptor.raw, $0, type | 0o600, major, minor) }
    }

    /// Gives an entry of `other` a second name here; a link itself is linked, not its target.
    public func createHardLink(
        _ name: FileName, to target: FileName, in other: TreeDirectory
    ) throws(LinuxError) {
        try target.checkComponent("link")
        _ = try call("link", name) { new in
            target.withCString { skiff_linkat(other.descriptor.raw, $0, descriptor.raw, new, 0) }
        }
    }

    /// The target text of a symbolic link.
    public func linkTarget(_ name: FileName) throws(LinuxError) -> FileName {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = try call("readlink", name) { skiff_readlinkat(descriptor.raw, $0, &buffer, buffer.count) }
        return FileName(bytes: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) })
    }

    /// Removes a file, link or node. Missing is an error.
    public func remove(_ name: FileName) throws(LinuxError) {
        _ = try call("unlink", name) { skiff_unlinkat(descriptor.raw, $0, 0) }
    }

    /// Removes an entry and everything below it; missing is fine.
    public func removeTree(_ name: FileName) throws(LinuxError) {
        guard let status = try statusIfPresent(name) else { return }
        guard status.kind == .directory else { return try remove(name) }
        let child = try directory(name)
        try Directory.removeContents(of: child.descriptor, path: name.description)
        _ = try call("rmdir", name) { skiff_unlinkat(descriptor.raw, $0, AT_REMOVEDIR) }
    }

    func call<Value: FixedWidthInteger & SignedInteger>(
        _ call: String, _ name: FileName, _ body: (UnsafePointer<CChar>) -> Value
    ) throws(LinuxError) -> Value {
        try name.checkComponent(call)
        return try outcome(name.withCString(body)).orThrow(call, name.description)
    }
}

extension FileName {
    /// A name that could leave its directory is refused here, once for all callers.
    func checkComponent(_ call: String) throws(LinuxError) {
        let dots = bytes.count <= 2 && bytes.allSatisfy { $0 == UInt8(ascii: ".") }
        guard !dots, !bytes.contains(UInt8(ascii: "/")) else {
            throw LinuxError(code: .invalid, call: call, argument: description, detail: "is not the name of an entry")
        }
    }
}
