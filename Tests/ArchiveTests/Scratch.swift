import SystemLinux

/// A scratch directory that is removed when the test ends.
final class Scratch {
    let path: String

    init(_ name: String = #function) throws {
        let sound = name.filter { $0.isLetter || $0.isNumber }
        path = "/tmp/skiff-archive-\(sound)-\(UInt64.random(in: 0 ... .max))"
        try Directory.make(path, mode: 0o755)
    }

    deinit { try? Directory.removeTree(path) }

    func directory(_ name: String) throws -> TreeDirectory {
        try Directory.make("\(path)/\(name)", mode: 0o755)
        return try TreeDirectory(path: "\(path)/\(name)")
    }
}

/// Whether the tests may make devices and set foreign owners.
let isRoot = (try? File.readText("/proc/self/status").contains("\nUid:\t0\t")) ?? false
