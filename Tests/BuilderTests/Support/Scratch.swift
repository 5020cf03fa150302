import Effects
import SystemLinux

/// A directory of one test, removed at the end.
struct Scratch {
    let path: String

    static func with<Value>(_ body: (Scratch) async throws -> Value) async throws -> Value {
        let id = Effects.live.hexID().prefix(12)
        let path = "/tmp/skiff-builder-tests-\(id)"
        try Directory.make(path)
        defer { try? Directory.removeTree(path) }
        return try await body(Scratch(path: path))
    }

    /// Writes a file, with its directories.
    @discardableResult
    func file(_ name: String, _ text: String = "", mode: UInt32 = 0o644) throws -> String {
        let full = "\(path)/\(name)"
        try Directory.make(File.parent(of: full))
        try File.write(full, Array(text.utf8), mode: mode)
        try File.setMode(full, mode)
        return full
    }

    @discardableResult
    func directory(_ name: String) throws -> String {
        try Directory.make("\(path)/\(name)")
        return "\(path)/\(name)"
    }

    func link(_ name: String, to target: String) throws {
        try Directory.make(File.parent(of: "\(path)/\(name)"))
        try File.symbolicLink("\(path)/\(name)", to: target)
    }

    func text(_ name: String) throws -> String { try File.readText("\(path)/\(name)") }

    /// Every entry below `directory`: path, kind, mode, owner, and content or target.
    func listing(_ directory: String) throws -> [String] {
        var lines: [String] = []
        func visit(_ prefix: String) throws {
            let names = try Directory.entries("\(path)/\(directory)\(prefix)").map(\.name).sorted()
            for name in names {
                let relative = prefix.isEmpty ? "/\(name)" : "\(prefix)/\(name)"
                let full = "\(path)/\(directory)\(relative)"
                let status = try File.status(full, followLinks: false)
                let owner = "\(status.userID):\(status.groupID)"
                switch status.kind {
                case .directory:
                    lines.append("\(relative)/ \(String(status.mode, radix: 8)) \(owner)")
                    try visit(relative)
                case .symbolicLink: lines.append("\(relative) -> \(try File.readLink(full))")
                case .regular:
                    lines.append("\(relative) \(String(status.mode, radix: 8)) \(owner) \(try File.readText(full))")
                // Opening a fifo would wait for its other end.
                default: lines.append("\(relative) \(status.kind)")
                }
            }
        }
        try visit("")
        return lines
    }
}

/// Whether the tests run as root; owners can be set by root only.
let isRoot = (try? File.status("/proc/self"))?.userID == 0
