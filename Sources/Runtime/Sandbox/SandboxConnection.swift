import SystemLinux

/// A TCP connection to a program in a sandbox.
public struct SandboxConnection: Sendable {
    private let stream: DescriptorStream
    private let socket: OwnedFD

    init(_ socket: OwnedFD, reactor: DescriptorReactor) throws(LinuxError) {
        self.socket = socket
        stream = try DescriptorStream(socket, reactor: reactor)
    }

    /// The next bytes; nil at the end. One reader at a time.
    public func read() async throws -> [UInt8]? { try await stream.read() }

    /// Writes every byte; suspends while the program is slow. One writer at a time.
    public func write(_ bytes: [UInt8]) async throws { try await stream.write(bytes) }

    /// Says that no more bytes come; reading goes on.
    public func finishWriting() { InternetSocket.finishSending(socket) }

    /// Ends the connection.
    public func close() { stream.close() }
}

extension ContainerRuntime {
    /// Connects to 127.0.0.1 and `port` inside a sandbox's network; on the host's for a sandbox that shares it.
    /// - Throws: `.notFound` for an unknown sandbox, `.unavailable` when nobody listens.
    public func connect(toPort port: UInt16, inSandbox id: String) async throws -> SandboxConnection {
        let path = try sandbox(id).namespacePath(.network)
        let reactor = reactor
        do {
            return try await BlockingPool.shared.run {
                let loopback = IPAddress(127, 0, 0, 1)
                guard let path else {
                    return try SandboxConnection(InternetSocket.connect(to: loopback, port: port), reactor: reactor)
                }
                let namespace = try Namespaces.open(path, .network)
                let socket = try Namespaces.inside(namespace, .network) {
                    try InternetSocket.connect(to: loopback, port: port)
                }
                return try SandboxConnection(socket, reactor: reactor)
            }
        } catch {
            throw RuntimeError(.unavailable, "cannot connect to port \(port) of sandbox \(id)", cause: error)
        }
    }
}
