import CLinux
import Glibc

/// Directories: listing, walking, making, removing. Calls block; errors name the path.
public enum Directory {
    /// One name in a directory.
    public struct Entry: Sendable, Hashable {
        /// The name, without any slash; bytes that are no UTF-8 become U+FFFD.
        public let name: String
        /// What the file system says it is; `.unknown` on file systems that do not say.
        public let kind: FileKind
    }

    /// The deepest tree that walks and removals follow: 4,096 levels.
    public static let depthLimit = 4096

    /// Makes a directory; with `parents` also the missing ones above, and an existing one is no error.
    public static func make(_ path: String, mode: UInt32 = 0o755, parents: Bool = true) throws(LinuxError) {
        switch outcome(skiff_mkdirat(AT_FDCWD, path, mode)) {
        case .success: return
        case .failure(.exists) where parents && isDirectory(path): return
        case .failure(.noEntry) where parents && path != "/" && path != ".":
            try make(File.parent(of: path), mode: mode, parents: true)
            try make(path, mode: mode, parents: false, allowExisting: true)
        case .failure(let errno): throw LinuxError("mkdir", path, errno)
        }
    }

    private static func make(
        _ path: String, mode: UInt32, parents: Bool, allowExisting: Bool
    ) throws(LinuxError) {
        let result = outcome(skiff_mkdirat(AT_FDCWD, path, mode))
        // Somebody else may have made it in between: that is what was wanted.
        if allowExisting, case .failure(.exists) = result { return }
        _ = try result.orThrow("mkdir", path)
    }

    /// Whether the path leads to a directory.
    public static func isDirectory(_ path: String) -> Bool {
        var raw = stat()
        return skiff_fstatat(AT_FDCWD, path, &raw, 0) == 0 && raw.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a directory, without `.` and `..`, in the file system's order.
    public static func entries(_ path: String) throws(LinuxError) -> [Entry] {
        let directory = try File.open(path, .directory)
        do { return try entries(of: directory) } catch { throw error.on(path) }
    }

    /// The names in an open directory, read from its start.
    public static func entries(of directory: OwnedFD) throws(LinuxError) -> [Entry] {
        var entries: [Entry] = []
        try rawEntries(of: directory) { name, kind in
            entries.append(Entry(name: String(decoding: name, as: UTF8.self), kind: kind))
        }
        return entries
    }

    /// The names with their exact bytes (no terminating zero), for names that need not be UTF-8.
    static func rawEntries(
        of directory: OwnedFD, _ body: (UnsafeRawBufferPointer, FileKind) -> Void
    ) throws(LinuxError) {
        // A second reader of the same open file would share its position: start over.
        _ = Glibc.lseek(directory.raw, 0, SEEK_SET)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 * 1024, alignment: 8)
        defer { buffer.deallocate() }
        while true {
            let filled = try retrying { skiff_getdents(directory.raw, buffer.baseAddress, buffer.count) }
                .orThrow("getdents64", directory.description)
            if filled == 0 { return }
            var offset = 0
            while offset < Int(filled) {
                // struct linux_dirent64: u64 inode, i64 offset, u16 length, u8 type, name with a zero.
                let length = Int(buffer.loadUnaligned(fromByteOffset: offset + 16, as: UInt16.self))
                let type = buffer[offset + 18]
                let room = UnsafeRawBufferPointer(rebasing: buffer[(offset + 19)..<(offset + length)])
                let name = UnsafeRawBufferPointer(rebasing: room[..<(room.firstIndex(of: 0) ?? room.count)])
                offset += length
                if isDot(name) { continue }
                body(name, FileKind(direntType: type))
            }
        }
    }

    private static func isDot(_ name: UnsafeRawBufferPointer) -> Bool {
        name.allSatisfy { $0 == UInt8(ascii: ".") } && name.count <= 2
    }

    /// Calls `visit` for everything below `path`, parents before children, with the path relative to it. Symbolic
    /// links are reported, not followed. When `visit` returns false for a directory, it is not entered.
    public static func walk(
        _ path: String, _ visit: (_ relativePath: String, _ status: FileStatus) throws -> Bool
    ) throws {
        let root = try File.open(path, [.directory])
        try walk(root, prefix: "", depth: 0, visit)
    }

    private static func walk(
        _ directory: OwnedFD, prefix: String, depth: Int, _ visit: (String, FileStatus) throws -> Bool
    ) throws {
        guard depth < depthLimit else {
            throw LinuxError(
                code: .limit, call: "walk", argument: prefix, detail: "is deeper than \(depthLimit) levels")
        }
        for entry in try entries(of: directory).sorted(by: { $0.name < $1.name }) {
            let relative = prefix.isEmpty ? entry.name : "\(prefix)/\(entry.name)"
            var raw = stat()
            let looked = outcome(skiff_fstatat(directory.raw, entry.name, &raw, AT_SYMLINK_NOFOLLOW))
            // Gone since it was listed: as if it never was.
            if case .failure(.noEntry) = looked { continue }
            _ = try looked.orThrow("stat", relative)
            let status = FileStatus(raw)
            guard try visit(relative, status), status.kind == .directory else { continue }
            let child = try File.open(entry.name, [.directory, .noFollow], in: directory)
            try walk(child, prefix: relative, depth: depth + 1, visit)
        }
    }
}

extension FileKind {
    /// From the `d_type` byte of getdents64.
    init(direntType: UInt8) {
        switch Int(direntType) {
        case 1: self = .fifo
        case 2: self = .characterDevice
        case 4: self = .directory
        case 6: self = .blockDevice
        case 8: self = .regular
        case 10: self = .symbolicLink
        case 12: self = .socket
        default: self = .unknown
        }
    }
}
