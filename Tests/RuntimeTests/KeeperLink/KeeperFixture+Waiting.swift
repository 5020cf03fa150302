import Keeper
import Runtime
import SystemLinux
import Testing

extension KeeperFixture {
    /// Waits until the container has logged `text`; at most 10 seconds.
    func untilLog(_ id: String, contains text: String) async throws {
        try await until("\(id) logs \(text)") { try self.logText(id).contains(text) }
    }

    /// Looks every 5 ms until `condition` holds; at most 10 seconds.
    func until(_ what: String, _ condition: @escaping @Sendable () throws -> Bool) async throws {
        let (read, write) = try OwnedFD.pipe()
        let holds = try await BlockingPool.shared.run {
            for _ in 0..<2000 {
                if try condition() { return true }
                // Nobody ever writes: a pause.
                _ = try Readiness.wait(forInput: [read.raw], timeoutMilliseconds: 5)
            }
            return false
        }
        withExtendedLifetime(write) {}
        try #require(holds, "waited in vain until \(what)")
    }

    /// Everything until the other side closes.
    func read(_ descriptor: OwnedFD) async throws -> String {
        try await BlockingPool.shared.run { String(decoding: try descriptor.readToEnd(), as: UTF8.self) }
    }
}
