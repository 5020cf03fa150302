/// Every bound of one listener, by name; what happens at each limit is said beside it.
public struct HTTPLimits: Sendable {
    /// Bytes of one header field, and of all header fields of one request together. Beyond it: 400 and close.
    public var headerBytes: Int
    /// Number of header fields of one request. Beyond it: 400 and close.
    public var headerCount: Int
    /// Bytes kept of what a client sends before the response to its current request is complete (pipelined requests,
    /// or early bytes of a hijacked stream). Beyond it: the socket is not read until the response is complete.
    public var heldBytes: Int
    /// Bytes of a request body, unread by its handler, that are read and thrown away so that the connection can be
    /// kept. Beyond it: the connection is closed after the response.
    public var drainBytes: Int
    /// Open connections. Beyond it: new ones wait in the kernel's backlog.
    public var connections: Int
    /// Connections the kernel queues for us. Beyond it: the kernel refuses.
    public var backlog: Int
    /// Seconds an idle kept-alive connection, or one that is slow to send its request, may stay open.
    public var idleSeconds: Int64
    /// Seconds we wait, after our last byte, for the client to close its side before the socket is closed hard.
    public var lingerSeconds: Int64

    /// Creates limits; the defaults fit every face of the platform.
    public init(
        headerBytes: Int = 64 * 1024,
        headerCount: Int = 200,
        heldBytes: Int = 256 * 1024,
        drainBytes: Int = 1024 * 1024,
        connections: Int = 4096,
        backlog: Int = 512,
        idleSeconds: Int64 = 180,
        lingerSeconds: Int64 = 2
    ) {
        self.headerBytes = headerBytes
        self.headerCount = headerCount
        self.heldBytes = heldBytes
        self.drainBytes = drainBytes
        self.connections = connections
        self.backlog = backlog
        self.idleSeconds = idleSeconds
        self.lingerSeconds = lingerSeconds
    }
}
