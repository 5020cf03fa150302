import NIOCore
import NIOPosix

/// The process's event loops: min(4, cores), shared by all servers and clients.
public enum ServiceEventLoops {
    /// Most loops a process runs.
    public static let limit = 4

    /// NIO's singleton group.
    public static var shared: MultiThreadedEventLoopGroup { .singleton }

    /// Sizes the group. The daemon calls this once, before anything uses a loop: NIO traps when the size of its
    /// singleton is said twice or too late, which is why no library code does it.
    public static func boundForProcess() {
        NIOSingletons.groupLoopCountSuggestion = min(limit, System.coreCount)
    }
}
