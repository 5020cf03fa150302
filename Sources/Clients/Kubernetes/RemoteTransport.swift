import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import SystemLinux

/// Reaches any cluster over TLS, as a kubeconfig context says. The caller's thread waits while the HTTP client's event
/// loops work.
final class RemoteTransport: KubernetesTransport {
    private static let connectTimeout = TimeAmount.seconds(10)
    private static let replyMaxBytes = 256 * 1024 * 1024
    /// Whole requests, in seconds; streams have no limit.
    private static let replyTimeout = TimeAmount.seconds(60)

    let target: String
    private let access: KubernetesAccess
    private let client: HTTPClient

    init(_ access: KubernetesAccess) throws(KubernetesClientError) {
        self.access = access
        self.target = access.server
        do {
            var configuration = HTTPClient.Configuration(tlsConfiguration: try Self.tls(access))
            configuration.timeout = HTTPClient.Configuration.Timeout(connect: Self.connectTimeout)
            configuration.httpVersion = .http1Only
            if let name = access.serverName, let host = Self.host(of: access.server) {
                // The certificate must name `name`; the connection still goes to the server's own address.
                configuration.dnsOverride = [name: String(host)]
            }
            self.client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        } catch {
            throw KubernetesClientError(
                .badKubeconfig, "the certificates of context \"\(access.context)\" cannot be used", cause: error)
        }
    }

    deinit {
        // A program that ends does not wait for idle connections.
        self.client.shutdown { _ in }
    }

    private static func tls(_ access: KubernetesAccess) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authority = access.authorityPEM {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
        }
        if access.skipsVerification { tls.certificateVerification = .none }
        if let certificate = access.certificatePEM, let key = access.keyPEM {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
        }
        return tls
    }

    /// The host inside `https://host:port/path`, without the brackets of IPv6.
    static func host(of url: String) -> Substring? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let rest = url[scheme.upperBound...]
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") { return rest[...end].dropFirst().dropLast() }
        return rest[..<(rest.firstIndex { $0 == ":" || $0 == "/" } ?? rest.endIndex)]
    }

    func send(_ request: KubernetesRequest) throws(KubernetesClientError) -> KubernetesReply {
        let wire = self.wire(request)
        let (client, limit) = (self.client, Self.replyMaxBytes)
        return try self.wait {
            let response = try await client.execute(wire, timeout: Self.replyTimeout)
            return try await Self.whole(response, limit: limit)
        }
    }

    func open(_ request: KubernetesRequest) throws(KubernetesClientError) -> KubernetesOpened {
        let wire = self.wire(request)
        let (client, limit) = (self.client, Self.replyMaxBytes)
        let (response, refusal) = try self.wait { () -> (HTTPClientResponse, KubernetesReply?) in
            let response = try await client.execute(wire, deadline: .distantFuture)
            guard response.status.code >= 400 else { return (response, nil) }
            return (response, try await Self.whole(response, limit: limit))
        }
        if let refusal { return .refused(refusal) }
        return .stream(RemoteByteStream(response.body, target: self.target))
    }

    private func wire(_ request: KubernetesRequest) -> HTTPClientRequest {
        var url = self.access.server
        while url.hasSuffix("/") { url.removeLast() }
        if let name = self.access.serverName, let host = Self.host(of: url) {
            url.replaceSubrange(host.startIndex..<host.endIndex, with: name)
        }
        url += RequestEncoding.escape(request.path, keeping: "/:@")
        if !request.query.isEmpty {
            let items = request.query.map { "\(RequestEncoding.escape($0.name))=\(RequestEncoding.escape($0.value))" }
            url += "?" + items.joined(separator: "&")
        }
        var wire = HTTPClientRequest(url: url)
        wire.method = HTTPMethod(rawValue: request.method)
        wire.headers.add(name: "Accept", value: request.accept)
        wire.headers.add(name: "User-Agent", value: "skiff")
        if let token = self.access.token { wire.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body = request.body {
            wire.headers.add(name: "Content-Type", value: body.mediaType)
            wire.body = .bytes(ByteBuffer(bytes: body.bytes))
        }
        return wire
    }

    private static func whole(_ response: HTTPClientResponse, limit: Int) async throws -> KubernetesReply {
        let body = try await response.body.collect(upTo: limit)
        return KubernetesReply(
            status: Int(response.status.code),
            warnings: response.headers["warning"].map { WarningHeader.text($0) },
            body: Array(body.readableBytesView))
    }

    private func wait<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) throws(KubernetesClientError) -> Value {
        let outcome = Handover<Value>()
        Task {
            do { outcome.put(.success(try await body())) } catch { outcome.put(.failure(error)) }
        }
        do { return try outcome.take().get() } catch {
            throw KubernetesClientError(
                .unreachable, "cannot reach the cluster of context \"\(self.access.context)\" at \(self.target)",
                cause: error)
        }
    }
}

/// The body of an open reply: a task reads it, one piece for each that is asked for.
private final class RemoteByteStream: KubernetesByteStream {
    private let wishes: AsyncStream<Handover<[UInt8]?>>.Continuation
    private let reading: Task<Void, Never>
    private let target: String

    init(_ body: HTTPClientResponse.Body, target: String) {
        let (stream, continuation) = AsyncStream<Handover<[UInt8]?>>.makeStream()
        self.wishes = continuation
        self.target = target
        self.reading = Task {
            var pieces = body.makeAsyncIterator()
            for await wish in stream {
                do {
                    let piece = try await pieces.next()
                    wish.put(.success(piece.map { Array($0.readableBytesView) }))
                } catch { wish.put(.failure(error)) }
            }
        }
    }

    deinit { self.close() }

    func next() throws(KubernetesClientError) -> [UInt8]? {
        let wish = Handover<[UInt8]?>()
        self.wishes.yield(wish)
        do { return try wish.take().get() } catch {
            throw KubernetesClientError(.unreachable, "lost the connection to \(self.target)", cause: error)
        }
    }

    func close() {
        self.wishes.finish()
        self.reading.cancel()
    }
}
