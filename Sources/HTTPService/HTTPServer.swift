import Hummingbird
import HummingbirdCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle

/// One listener and its connections: HTTP/1.1 on a unix socket, TCP or TLS, for one responder (a Hummingbird router's
/// `buildResponder()` or any other). Start it once; it cannot be started again after `stop`.
public final class HTTPServer<Responder: HTTPResponder>: Sendable, Service where Responder.Context == ServiceContext {
    private enum State {
        case idle
        case running(task: Task<Void, Never>, server: Server<HTTPConnectionChannel<Responder>>)
        case stopped
    }

    /// The server's name in logs and request ids.
    public let name: String
    private let listener: HTTPListener
    private let responder: Responder
    private let limits: HTTPLimits
    private let group: any EventLoopGroup
    private let logger: Logger
    private let state = NIOLockedValueBox(State.idle)

    /// Creates a server; nothing is bound before `start`.
    ///
    /// - Parameters:
    ///   - name: for logs and request ids, e.g. `docker`; unique within the process.
    ///   - listener: where to listen.
    ///   - responder: answers requests; runs in the connection's task.
    ///   - limits: the listener's bounds.
    ///   - eventLoopGroup: shared event loops; `ServiceEventLoops.shared` by default.
    ///   - logger: connection errors go here at debug and trace level.
    public init(
        name: String,
        listener: HTTPListener,
        responder: Responder,
        limits: HTTPLimits = HTTPLimits(),
        eventLoopGroup: any EventLoopGroup = ServiceEventLoops.shared,
        logger: Logger
    ) {
        self.name = name
        self.listener = listener
        self.responder = responder
        self.limits = limits
        self.group = eventLoopGroup
        self.logger = logger
    }

    /// Binds and begins to accept; returns the real address. Throws `HTTPServiceError.listenFailed` naming the address.
    public func start() async throws -> BoundAddress {
        let channel = try HTTPConnectionChannel(
            responder: self.responder, limits: self.limits, tls: self.tlsSettings(), isUnix: self.isUnix,
            requestIDs: RequestIDs(prefix: self.name))
        let bound = AsyncStream<Result<BoundAddress, any Error>>.makeStream()
        let server = Server(
            childChannelSetup: channel,
            configuration: self.serverConfiguration,
            onServerRunning: { [listener] channel in
                bound.continuation.yield(Result { try SocketFile.reveal(listener, channel) })
            },
            eventLoopGroup: self.group,
            logger: self.quietLogger
        )
        let started = self.state.withLockedValue { state -> Task<Void, Never>? in
            guard case .idle = state else { return nil }
            let task = Task {
                do { try await server.run() } catch { bound.continuation.yield(.failure(error)) }
                bound.continuation.finish()
            }
            state = .running(task: task, server: server)
            return task
        }
        guard let started else { throw HTTPServiceError(.alreadyStarted, "server \(self.name) was started before") }
        do {
            for await address in bound.stream { return try address.get() }
            throw CancellationError()
        } catch {
            started.cancel()
            self.state.withLockedValue { $0 = .stopped }
            throw HTTPServiceError(.listenFailed, "cannot listen on \(self.listener.text)", cause: error)
        }
    }

    /// Accepts nothing more, lets requests in progress finish for `grace`, then closes what is left. Long streams
    /// (watches, hijacked connections) are cancelled at once. Harmless when repeated.
    public func stop(grace: Duration = .seconds(2)) async {
        let state = self.state.withLockedValue { state in
            defer { state = .stopped }
            return state
        }
        guard case .running(let task, let server) = state else { return }
        do { try SocketFile.remove(self.listener) } catch {
            self.logger.warning("socket file stays", metadata: ["error": "\(error)"])
        }
        let loop = self.group.next()
        let deadline = loop.scheduleTask(in: TimeAmount(grace)) { task.cancel() }
        let shutdown = Task { try? await server.shutdownGracefully() }
        await task.value
        deadline.cancel()
        shutdown.cancel()
    }

    /// Starts, serves until the surrounding `ServiceGroup` shuts down gracefully or the task is cancelled, and stops.
    public func run() async throws {
        _ = try await self.start()
        try? await gracefulShutdown()
        await self.stop()
    }

    private var isUnix: Bool {
        guard case .unix = self.listener.address else { return false }
        return true
    }

    private var quietLogger: Logger {
        var logger = self.logger
        logger[metadataKey: "server"] = .string(self.name)
        // Hummingbird announces its listener at info; the platform announces its own.
        if logger.logLevel == .info { logger.logLevel = .notice }
        return logger
    }

    private var serverConfiguration: ServerConfiguration {
        let address: BindAddress =
            switch self.listener.address {
            case .unix(let path): .unixDomainSocket(path: SocketFile.hiddenPath(of: path))
            case .tcp(let host, let port): .hostname(host, port: port)
            }
        return ServerConfiguration(
            address: address,
            backlog: self.limits.backlog,
            availableConnectionsDelegate: MaximumAvailableConnections(self.limits.connections)
        )
    }

    private func tlsSettings() throws -> HTTPConnectionChannel<Responder>.TLSSettings? {
        guard let options = self.listener.tls else { return nil }
        do {
            let context = try NIOSSLContext(configuration: options.configuration())
            return HTTPConnectionChannel<Responder>.TLSSettings(context: context, identify: options.identify)
        } catch {
            throw HTTPServiceError(.badTLS, "certificate or key of server \(self.name) cannot be used", cause: error)
        }
    }
}

extension HTTPListener {
    /// `unix:path` or `host:port`.
    var text: String {
        switch self.address {
        case .unix(let path): BoundAddress.unix(path: path).description
        case .tcp(let host, let port): BoundAddress.tcp(host: host, port: port).description
        }
    }
}

extension HTTPTLSOptions {
    func configuration() throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMBytes(self.certificateChainPEM)
        let key = try NIOSSLPrivateKey(bytes: self.privateKeyPEM, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        if let authorities = self.clientAuthoritiesPEM {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authorities))
            configuration.certificateVerification = .optionalVerification
            configuration.sendCANameList = true
        }
        return configuration
    }
}
