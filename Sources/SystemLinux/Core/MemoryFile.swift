import CLinux
import Glibc

/// Anonymous files in memory that are handed to other processes (memfd_create(2)).
public enum MemoryFile {
    /// A file with this content that nobody can change any more.
    public static func sealed(name: String, _ bytes: [UInt8]) throws(LinuxError) -> OwnedFD {
        let file = try make(name: name, bytes)
        _ = try outcome(skiff_memfd_seal(file.raw)).orThrow("fcntl F_ADD_SEALS", name)
        return file
    }

    /// A file with this content, positioned at its start.
    public static func make(name: String, _ bytes: [UInt8]) throws(LinuxError) -> OwnedFD {
        let file = OwnedFD(try outcome(skiff_memfd(name)).orThrow("memfd_create", name))
        try file.write(bytes)
        return file
    }

    /// The content of a file that must be fully sealed: it cannot change while it is read.
    public static func readSealed(_ file: OwnedFD, limit: Int) throws(LinuxError) -> [UInt8] {
        guard skiff_memfd_fully_sealed(file.raw) == 1 else {
            throw LinuxError(
                code: .invalid, call: "read plan", argument: file.description, detail: "is not a sealed memory file"
            )
        }
        let size = try file.status().sizeBytes
        guard size <= limit else {
            throw LinuxError(
                code: .limit, call: "read plan", argument: file.description, detail: "is larger than \(limit) bytes"
            )
        }
        return try file.read(at: 0, upTo: Int(size))
    }
}
