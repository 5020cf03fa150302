import CLinux
import SystemLinux

/// A directory of its own for one test, removed afterwards.
enum Scratch {
    static func with(_ body: (String) throws -> Void) throws {
        let path = try make()
        defer { try? Directory.removeTree(path) }
        try body(path)
    }

    static func with(_ body: (String) async throws -> Void) async throws {
        let path = try make()
        defer { try? Directory.removeTree(path) }
        try await body(path)
    }

    static var isPrivileged: Bool { (try? CapabilitySet.effective().has(.sysAdmin)) ?? false }

    private static func make() throws -> String {
        var number: UInt64 = 0
        guard skiff_random_fill(&number, MemoryLayout<UInt64>.size) == 0 else {
            throw LinuxError("getrandom", "", .invalid)
        }
        let path = "/tmp/skiff-test-\(String(number, radix: 36))"
        try Directory.make(path)
        return path
    }
}
