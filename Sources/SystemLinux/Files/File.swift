import CLinux
import Glibc

/// Files by path. Every call blocks for the disk; call it on `BlockingPool` or a thread of your own.
/// All descriptors are close-on-exec. Errors are `LinuxError` naming the path.
public enum File {
    /// What `read` takes at most unless told otherwise: 64 MiB.
    public static let defaultReadLimit = 64 * 1024 * 1024

    /// How a file is opened.
    public struct Access: OptionSet, Sendable {
        /// The flags of open(2).
        public let rawValue: Int32
        /// Wraps flags of open(2).
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// Read only (the default).
        public static let read: Access = []
        /// Write only.
        public static let write = Access(rawValue: O_WRONLY)
        /// Read and write.
        public static let readWrite = Access(rawValue: O_RDWR)
        /// Make the file when it is missing.
        public static let create = Access(rawValue: O_CREAT)
        /// Fail when the file exists.
        public static let exclusive = Access(rawValue: O_EXCL)
        /// Empty the file.
        public static let truncate = Access(rawValue: O_TRUNC)
        /// Write at the end always.
        public static let append = Access(rawValue: O_APPEND)
        /// Fail unless it is a directory.
        public static let directory = Access(rawValue: O_DIRECTORY)
        /// Fail when the last component is a symbolic link.
        public static let noFollow = Access(rawValue: O_NOFOLLOW)
        /// Do not wait for the other end of a fifo or device.
        public static let nonBlocking = Access(rawValue: O_NONBLOCK)
        /// Only a handle on the path, no access to the content.
        public static let path = Access(rawValue: SKIFF_O_PATH)
    }

    /// Opens `path`, relative to `directory` when one is given.
    public static func open(
        _ path: String, _ access: Access = .read, mode: UInt32 = 0o644, in directory: OwnedFD? = nil
    ) throws(LinuxError) -> OwnedFD {
        let base = directory?.raw ?? AT_FDCWD
        let fd = try retrying { skiff_openat(base, path, access.rawValue | O_CLOEXEC, mode) }.orThrow("open", path)
        return OwnedFD(fd)
    }

    /// The whole content. Larger than `limit` bytes is an error.
    public static func read(_ path: String, limit: Int = defaultReadLimit) throws(LinuxError) -> [UInt8] {
        let file = try open(path)
        do { return try file.readToEnd(limit: limit) } catch { throw error.on(path) }
    }

    /// The whole content as text; bytes that are no UTF-8 become U+FFFD.
    public static func readText(_ path: String, limit: Int = defaultReadLimit) throws(LinuxError) -> String {
        String(decoding: try read(path, limit: limit), as: UTF8.self)
    }

    /// Writes `bytes` into `path`, made with `mode` if missing, emptied if not. Neither atomic nor durable:
    /// meant for scratch files and for control files of the kernel.
    public static func write(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(LinuxError) {
        let file = try open(path, [.write, .create, .truncate], mode: mode)
        do { try file.write(bytes) } catch { throw error.on(path) }
    }

    /// Writes text to a file that exists, in one call, as control files of proc, sysfs and cgroupfs want it.
    public static func writeControl(_ path: String, _ text: String) throws(LinuxError) {
        let file = try open(path, .write)
        do { try file.write(text) } catch { throw error.on(path) }
    }

    /// Replaces `path` with `bytes` so that a reader sees the old or the new content, never half. With `durable`
    /// the content and the name also survive a power cut (fsync of file and directory).
    public static func writeAtomically(
        _ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644, durable: Bool = true
    ) throws(LinuxError) {
        let temporary = "\(path).\(uniqueSuffix()).tmp"
        do {
            let file = try open(temporary, [.write, .create, .exclusive], mode: mode)
            try file.write(bytes)
            // The umask must not narrow what the caller asked for.
            _ = try outcome(skiff_fchmod(file.raw, mode)).orThrow("fchmod", temporary)
            if durable { try file.sync() }
            try rename(temporary, to: path)
        } catch {
            _ = skiff_unlinkat(AT_FDCWD, temporary, 0)
            throw error.on(path)
        }
        if durable { try syncDirectory(parent(of: path)) }
    }

    /// Renames within one file system, replacing what has the new name.
    public static func rename(_ old: String, to new: String) throws(LinuxError) {
        _ = try outcome(skiff_renameat2(AT_FDCWD, old, AT_FDCWD, new, 0)).orThrow("rename", "\(old) to \(new)")
    }

    /// Renames within one file system; fails with `alreadyExists` when the new name is taken.
    public static func renameExclusively(_ old: String, to new: String) throws(LinuxError) {
        _ = try outcome(skiff_renameat2(AT_FDCWD, old, AT_FDCWD, new, 1)).orThrow("rename", "\(old) to \(new)")
    }

    /// Removes a file, link or device node. A missing one is an error unless `ifExists`.
    public static func remove(_ path: String, ifExists: Bool = false) throws(LinuxError) {
        let result = outcome(skiff_unlinkat(AT_FDCWD, path, 0))
        if ifExists, case .failure(.noEntry) = result { return }
        _ = try result.orThrow("unlink", path)
    }

    /// Type, mode, owner and size; follows a symbolic link unless told not to.
    public static func status(_ path: String, followLinks: Bool = true) throws(LinuxError) -> FileStatus {
        var raw = stat()
        let flags = followLinks ? 0 : AT_SYMLINK_NOFOLLOW
        _ = try outcome(skiff_fstatat(AT_FDCWD, path, &raw, flags)).orThrow("stat", path)
        return FileStatus(raw)
    }

    /// Whether the path leads to something; a broken link does not.
    public static func exists(_ path: String) -> Bool {
        var raw = stat()
        return skiff_fstatat(AT_FDCWD, path, &raw, 0) == 0
    }

    /// The target text of a symbolic link.
    public static func readLink(_ path: String, in directory: OwnedFD? = nil) throws(LinuxError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let base = directory?.raw ?? AT_FDCWD
        let count = try outcome(skiff_readlinkat(base, path, &buffer, buffer.count)).orThrow("readlink", path)
        return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Makes a symbolic link at `path` that says `target`.
    public static func symbolicLink(_ path: String, to target: String) throws(LinuxError) {
        _ = try outcome(skiff_symlinkat(target, AT_FDCWD, path)).orThrow("symlink", path)
    }

    /// Gives the file at `path` a second name.
    public static func hardLink(_ path: String, as new: String) throws(LinuxError) {
        _ = try outcome(skiff_linkat(AT_FDCWD, path, AT_FDCWD, new, 0)).orThrow("link", "\(path) as \(new)")
    }

    /// Sets permission bits, following links.
    public static func setMode(_ path: String, _ mode: UInt32) throws(LinuxError) {
        _ = try outcome(skiff_fchmodat(AT_FDCWD, path, mode)).orThrow("chmod", path)
    }

    /// Sets owner and group; a link itself is changed, not what it points to, unless `followLinks`.
    public static func setOwner(
        _ path: String, userID: UInt32, groupID: UInt32, followLinks: Bool = false
    ) throws(LinuxError) {
        let flags = followLinks ? 0 : AT_SYMLINK_NOFOLLOW
        _ = try outcome(skiff_fchownat(AT_FDCWD, path, userID, groupID, flags)).orThrow("chown", path)
    }

    /// The file system that holds `path`.
    public static func filesystem(_ path: String) throws(LinuxError) -> FilesystemStatus {
        var raw = skiff_filesystem()
        _ = try outcome(skiff_statfs(path, &raw)).orThrow("statfs", path)
        return FilesystemStatus(raw)
    }

    /// Makes the names inside a directory durable.
    public static func syncDirectory(_ path: String) throws(LinuxError) {
        let directory = try open(path, .directory)
        do { try directory.sync() } catch { throw error.on(path) }
    }

    /// Everything before the last slash; `.` when there is none, `/` for the root.
    public static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Everything after the last slash.
    public static func name(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.index(after: slash)...])
    }

    /// Sixteen random hex digits for temporary names.
    static func uniqueSuffix() -> String {
        var number: UInt64 = 0
        // Exclusive creation decides about uniqueness; randomness only makes a clash unlikely.
        _ = skiff_random_fill(&number, MemoryLayout<UInt64>.size)
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension LinuxError {
    /// The same failure, told about `path` instead of a descriptor.
    func on(_ path: String) -> LinuxError {
        guard errno.rawValue != 0 else {
            return LinuxError(code: code, call: call, argument: path, detail: message, cause: cause)
        }
        return argument == path ? self : LinuxError(call, path, errno, cause: cause)
    }
}
