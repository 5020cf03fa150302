import CLinux
import Glibc

extension Directory {
    /// Removes `path` and everything below it, by descriptors, never following a symbolic link and never leaving
    /// the file system (`crossesMounts` false stops at mount points with EBUSY from the kernel). Missing is fine.
    /// Immutable files and busy mount points are errors; what could be removed before is gone then.
    public static func removeTree(_ path: String) throws(LinuxError) {
        switch outcome(skiff_unlinkat(AT_FDCWD, path, 0)) {
        case .success, .failure(.noEntry): return
        case .failure(.isDirectory), .failure(.notPermitted): break
        case .failure(let errno): throw LinuxError("unlink", path, errno)
        }
        let root = try File.open(path, [.directory, .noFollow])
        try removeContents(of: root, path: path, depth: 0)
        let removed = outcome(skiff_unlinkat(AT_FDCWD, path, AT_REMOVEDIR))
        if case .failure(.noEntry) = removed { return }
        _ = try removed.orThrow("rmdir", path)
    }

    /// Empties an open directory; `path` is only for messages.
    public static func removeContents(of directory: OwnedFD, path: String) throws(LinuxError) {
        try removeContents(of: directory, path: path, depth: 0)
    }

    private static func removeContents(of directory: OwnedFD, path: String, depth: Int) throws(LinuxError) {
        guard depth < depthLimit else {
            throw LinuxError(
                code: .limit, call: "remove", argument: path, detail: "is deeper than \(depthLimit) levels")
        }
        // Names as bytes: a name that is no UTF-8 must still be removable.
        var names: [(bytes: [CChar], kind: FileKind)] = []
        try rawEntries(of: directory) { name, kind in
            names.append((name.map { CChar(bitPattern: $0) } + [0], kind))
        }
        for (name, kind) in names {
            if kind != .directory {
                switch outcome(skiff_unlinkat(directory.raw, name, 0)) {
                case .success, .failure(.noEntry): continue
                case .failure(.isDirectory): break
                case .failure(let errno): throw LinuxError("unlink", describe(name, in: path), errno)
                }
            }
            try removeDirectory(name, in: directory, path: describe(name, in: path), depth: depth)
        }
    }

    private static func removeDirectory(
        _ name: [CChar], in directory: OwnedFD, path: String, depth: Int
    ) throws(LinuxError) {
        // Most directories of a layer are full: open first. Empty ones cost one more call.
        let flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let opened = outcome(skiff_openat(directory.raw, name, flags, 0))
        if case .failure(.noEntry) = opened { return }
        let child = OwnedFD(try opened.orThrow("open", path))
        try removeContents(of: child, path: path, depth: depth + 1)
        child.close()
        let removed = outcome(skiff_unlinkat(directory.raw, name, AT_REMOVEDIR))
        if case .failure(.noEntry) = removed { return }
        _ = try removed.orThrow("rmdir", path)
    }

    private static func describe(_ name: [CChar], in path: String) -> String {
        "\(path)/" + String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
