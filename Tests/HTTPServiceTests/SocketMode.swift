import Glibc

/// Mode bits of a file.
enum SocketMode {
    struct Missing: Error {}
    static func of(_ path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Missing() }
        return Int(status.st_mode & 0o777)
    }
}
