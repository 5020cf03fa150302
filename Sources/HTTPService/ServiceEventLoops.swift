import NIOCore
import NIOPosix

/// The process's event loops: min(4, cores), shared by all servers and clients.
public enum ServiceEventLoops {
    /// Most loops a process runs.
    public static let limit = 4

    /// NIO's singleton group, sized once per process by the first caller of this or of `MultiThreadedEventLoopGroup`'s
    /// own accessor; the daemon touches this first.
    public static var shared: MultiThreadedEventLoopGroup { self.sized }

    private static let sized: MultiThreadedEventLoopGroup = {
        NIOSingletons.groupLoopCountSuggestion = min(Self.limit, System.coreCount)
        return MultiThreadedEventLoopGroup.singleton
    }()
}
