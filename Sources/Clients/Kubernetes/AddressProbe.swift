import Effects
import NIOCore
import NIOPosix
import SystemLinux

/// Finds out whether somebody accepts TCP connections at an address.
public enum AddressProbe {
    private static let attemptTimeout = TimeAmount.milliseconds(500)
    private static let pause = Duration.milliseconds(25)

    /// True as soon as a connection is accepted; false when none was within `limit`. Blocks.
    public static func answers(host: String, port: Int, within limit: Duration, effects: Effects = .live) -> Bool {
        let outcome = Handover<Bool>()
        Task {
            let deadline = effects.time.monotonic + limit
            repeat {
                if await self.connects(host: host, port: port) { return outcome.put(.success(true)) }
                // The only error is cancellation, and nobody cancels this task.
                try? await effects.time.sleep(for: self.pause)
            } while effects.time.monotonic < deadline
            outcome.put(.success(false))
        }
        return (try? outcome.take().get()) ?? false
    }

    private static func connects(host: String, port: Int) async -> Bool {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(self.attemptTimeout)
        guard let channel = try? await bootstrap.connect(host: host, port: port).get() else { return false }
        channel.close(promise: nil)
        return true
    }
}
