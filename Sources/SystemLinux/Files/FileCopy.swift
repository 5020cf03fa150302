import CLinux
import Glibc

/// Copies of files and trees by descriptors: reflink where the file system can, else in the kernel. Calls block.
public enum FileCopy {
    /// Copies the content from the current position of `source` to the end of file.
    public static func content(from source: OwnedFD, to target: OwnedFD) throws(LinuxError) {
        // A reflink shares the extents: constant time, no space.
        if skiff_clone_file(source.raw, target.raw) == 0 { return }
        let chunk = 1 << 30
        var copiedAny = false
        while true {
            switch retrying({ skiff_copy_file_range(source.raw, target.raw, chunk) }) {
            case .success(0) where copiedAny: return
            // Zero at once may also mean a kernel file that has no size; read it like a stream.
            case .success(0): return try stream(from: source, to: target)
            case .success: copiedAny = true
            case .failure(.crossDevice), .failure(.invalid), .failure(.notSupported), .failure(.notImplemented):
                return try stream(from: source, to: target)
            case .failure(let errno): throw LinuxError("copy_file_range", "\(source) to \(target)", errno)
            }
        }
    }

    private static func stream(from source: OwnedFD, to target: OwnedFD) throws(LinuxError) {
        while true {
            let part = try source.read(upTo: 256 * 1024)
            if part.isEmpty { return }
            try target.write(part)
        }
    }

    /// Copies one regular file with its mode.
    public static func file(_ source: String, to target: String) throws(LinuxError) {
        let from = try File.open(source)
        let mode = try from.status().mode
        let to = try File.open(target, [.write, .create, .truncate], mode: mode)
        try content(from: from, to: to)
        _ = try outcome(skiff_fchmod(to.raw, mode)).orThrow("fchmod", target)
    }

    /// Copies the content of the directory `source` into the directory `target`, with modes, owners, times, links,
    /// device nodes and extended attributes, never following a symbolic link. Existing names in `target` are
    /// an error. Hard links inside the tree become files of their own.
    public static func tree(from source: OwnedFD, to target: OwnedFD) throws(LinuxError) {
        try tree(from: source, to: target, depth: 0)
    }

    private static func tree(from source: OwnedFD, to target: OwnedFD, depth: Int) throws(LinuxError) {
        guard depth < Directory.depthLimit else {
            throw LinuxError(
                code: .limit, call: "copy", argument: source.description,
                detail: "is deeper than \(Directory.depthLimit) levels"
            )
        }
        var names: [[CChar]] = []
        try Directory.rawEntries(of: source) { name, _ in names.append(name.map { CChar(bitPattern: $0) } + [0]) }
        for name in names {
            var raw = stat()
            _ = try outcome(skiff_fstatat(source.raw, name, &raw, AT_SYMLINK_NOFOLLOW)).orThrow("stat", text(name))
            switch FileStatus(raw).kind {
            case .directory:
                let from = try open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: source)
                _ = try outcome(skiff_mkdirat(target.raw, name, 0o700)).orThrow("mkdir", text(name))
                let to = try open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: target)
                try tree(from: from, to: to, depth: depth + 1)
                try attributes(from: from, to: to, name: name)
            case .regular:
                let from = try open(name, O_RDONLY | O_NOFOLLOW, in: source)
                let to = try open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, in: target)
                try content(from: from, to: to)
                try attributes(from: from, to: to, name: name)
            case .symbolicLink:
                let link = try File.readLink(text(name), in: source)
                _ = try outcome(skiff_symlinkat(link, target.raw, name)).orThrow("symlink", text(name))
            default:
                let (major, minor) = (skiff_device_major(UInt64(raw.st_rdev)), skiff_device_minor(UInt64(raw.st_rdev)))
                _ = try outcome(skiff_mknodat(target.raw, name, raw.st_mode, major, minor)).orThrow("mknod", text(name))
            }
            try ownership(of: name, raw, in: target)
        }
    }

    private static func open(_ name: [CChar], _ flags: Int32, in directory: OwnedFD) throws(LinuxError) -> OwnedFD {
        OwnedFD(
            try retrying { skiff_openat(directory.raw, name, flags | O_CLOEXEC, 0o600) }.orThrow("open", text(name)))
    }

    private static func attributes(from: OwnedFD, to: OwnedFD, name: [CChar]) throws(LinuxError) {
        let list: [UInt8]
        do {
            list = try ExtendedAttributes.sized("listxattr", text(name)) {
                skiff_flistxattr(from.raw, $0?.assumingMemoryBound(to: CChar.self), $1)
            }
        } catch  where error.errno == .notSupported {
            return
        }
        for attribute in list.split(separator: 0).map({ String(decoding: $0, as: UTF8.self) }) {
            let value = try ExtendedAttributes.sized("getxattr", text(name)) {
                skiff_fgetxattr(from.raw, attribute, $0, $1)
            }
            _ = try outcome(skiff_fsetxattr(to.raw, attribute, value, value.count, 0))
                .orThrow("setxattr \(attribute)", text(name))
        }
    }

    /// Owner first: chown clears set-id bits, so the mode comes after; times last because all else changes them.
    private static func ownership(of name: [CChar], _ raw: stat, in target: OwnedFD) throws(LinuxError) {
        _ = try outcome(skiff_fchownat(target.raw, name, raw.st_uid, raw.st_gid, AT_SYMLINK_NOFOLLOW))
            .orThrow("chown", text(name))
        if raw.st_mode & S_IFMT != S_IFLNK {
            _ = try outcome(skiff_fchmodat(target.raw, name, raw.st_mode & 0o7777)).orThrow("chmod", text(name))
        }
        _ = try outcome(skiff_utimensat(target.raw, name, [raw.st_atim, raw.st_mtim], AT_SYMLINK_NOFOLLOW))
            .orThrow("utimensat", text(name))
    }

    private static func text(_ name: [CChar]) -> String {
        String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
