import SystemLinux

/// Whether a path of the host is what a hostPath volume says it is (core/v1 HostPathType). Calls block.
enum HostPathCheck {
    /// Checks the path, making it for the two `…OrCreate` types.
    static func check(_ path: String, type: String) throws {
        switch type {
        case "": return
        case "DirectoryOrCreate":
            if !File.exists(path) { try Directory.make(path, mode: 0o755) }
            try expect(path, .directory, "a directory")
        case "FileOrCreate":
            if !File.exists(path) { try File.write(path, [], mode: 0o644) }
            try expect(path, .regular, "a file")
        case "Directory": try expect(path, .directory, "a directory")
        case "File": try expect(path, .regular, "a file")
        case "Socket": try expect(path, .socket, "a socket")
        case "CharDevice": try expect(path, .characterDevice, "a character device")
        case "BlockDevice": try expect(path, .blockDevice, "a block device")
        default: throw NodeError(.unsupported, "hostPath type \(type) is not supported")
        }
    }

    private static func expect(_ path: String, _ kind: FileKind, _ words: String) throws {
        guard let status = try? File.status(path), status.kind == kind else {
            throw NodeError(.volumeUnavailable, "hostPath type check failed: \(path) is not \(words)")
        }
    }
}
