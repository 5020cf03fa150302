import Keeper
import SystemLinux

extension KeeperConnection: ProcessKeeper {
    /// Exit records on disk that wait for `acknowledge`.
    public func pendingExits() async throws -> [ExitRecord] {
        let store = exits
        return try await BlockingPool.shared.run { try store.all() }
    }
}
