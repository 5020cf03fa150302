import AsyncHTTPClient
import Effects
import Images
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import OCI
import SystemLinux

/// Sends requests to registries: chooses TLS or plain, goes through proxies, repeats what failed for the moment.
struct RegistryHTTP: Sendable {
    /// Attempts for one request; after that the last failure stands.
    static let attemptLimit = 4
    /// The longest wait that a registry may ask for with Retry-After before we give up instead.
    static let retryAfterLimitSeconds: Int64 = 30
    /// Most bytes of an error answer that are read.
    private static let errorBodyLimit = 64 * 1024

    /// One request, made again for each attempt because bodies are used up.
    struct Call: Sendable {
        var method: HTTPMethod
        var url: String
        var headers: [(String, String)] = []
        var body: (@Sendable () async throws -> HTTPClientRequest.Body)?
        /// Seconds for the head of the answer to come.
        var timeoutSeconds: Int64 = 60
    }

    private let direct: HTTPClient
    private let proxied: [ProxySettings.Proxy: HTTPClient]
    private let proxies: ProxySettings
    private let effects: Effects
    private let logger: Logger

    init(environment: [String: String], effects: Effects, logger: Logger) {
        proxies = ProxySettings(environment: environment)
        self.effects = effects
        self.logger = logger
        let group = MultiThreadedEventLoopGroup.singleton
        let base = Self.configuration(environment)
        direct = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: base)
        var proxied: [ProxySettings.Proxy: HTTPClient] = [:]
        for proxy in Set([proxies.secure, proxies.plain].compactMap { $0 }) {
            var configuration = base
            configuration.proxy = Self.proxy(proxy)
            proxied[proxy] = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
        }
        self.proxied = proxied
    }

    /// Closes idle connections and ends the clients.
    func shutdown() async {
        for client in [direct] + proxied.values { try? await client.shutdown() }
    }

    private static func configuration(_ environment: [String: String]) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        // What the host's tools trust, this client trusts.
        if let bundle = environment["SSL_CERT_FILE"], File.exists(bundle) { tls.trustRoots = .file(bundle) }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.redirectConfiguration = .follow(max: 5, allowCycles: false)
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(60))
        configuration.httpVersion = .http1Only
        return configuration
    }

    private static func proxy(_ proxy: ProxySettings.Proxy) -> HTTPClient.Configuration.Proxy {
        guard let credentials = proxy.credentials else { return .server(host: proxy.host, port: proxy.port) }
        let parts = credentials.split(separator: ":", maxSplits: 1).map(String.init)
        return .server(
            host: proxy.host, port: proxy.port,
            authorization: .basic(username: parts.first ?? "", password: parts.count > 1 ? parts[1] : "")
        )
    }

    /// Sends a request and returns whatever the server answers, 401 and 404 included. Failures of the moment
    /// (connection, 5xx, 429 with a short Retry-After) are repeated with growing pauses.
    func send(_ call: Call) async throws -> HTTPClientResponse {
        var attempt = 1
        while true {
            do {
                let response = try await once(call)
                guard let pause = retryPause(response, attempt: attempt) else { return response }
                try? await drain(response)
                try await effects.time.sleep(for: pause)
            } catch let error as HTTPClientError where attempt < Self.attemptLimit && Self.isPassing(error) {
                logger.debug("registry request repeated", metadata: ["http.url": "\(call.url)", "error": "\(error)"])
                try await effects.time.sleep(for: Self.pause(attempt))
            }
            attempt += 1
        }
    }

    /// Sends a request once.
    func once(_ call: Call) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: call.url)
        request.method = call.method
        for (name, value) in call.headers { request.headers.add(name: name, value: value) }
        request.headers.replaceOrAdd(name: "User-Agent", value: "skiff")
        if let body = call.body { request.body = try await body() }
        let isSecure = call.url.hasPrefix("https:")
        let host = call.url.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" }
        let proxy = proxies.proxy(forHost: String(host), isSecure: isSecure)
        let client = proxy.flatMap { proxied[$0] } ?? direct
        return try await client.execute(request, deadline: .now() + .seconds(call.timeoutSeconds), logger: nil)
    }

    /// The start of an error answer's body.
    func text(of response: HTTPClientResponse) async -> String {
        var text: [UInt8] = []
        do {
            for try await buffer in response.body {
                text += buffer.readableBytesView.prefix(Self.errorBodyLimit - text.count)
                if text.count >= Self.errorBodyLimit { break }
            }
        } catch {
            // An error answer that breaks off says nothing more than its status.
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func drain(_ response: HTTPClientResponse) async throws {
        var rest = Self.errorBodyLimit
        for try await buffer in response.body {
            rest -= buffer.readableBytes
            if rest < 0 { return }
        }
    }

    private func retryPause(_ response: HTTPClientResponse, attempt: Int) -> Duration? {
        guard attempt < Self.attemptLimit else { return nil }
        switch response.status.code {
        case 429, 503:
            let asked = response.headers.first(name: "Retry-After").flatMap { Int64($0) }
            if let asked { return asked <= Self.retryAfterLimitSeconds ? .seconds(max(asked, 1)) : nil }
            // Without a hint a rate limit lasts for hours: trying again would only make it worse.
            return response.status.code == 429 ? nil : Self.pause(attempt)
        case 500, 502, 504: return Self.pause(attempt)
        default: return nil
        }
    }

    private static func pause(_ attempt: Int) -> Duration { .milliseconds(250 << Int64(attempt)) }

    private static func isPassing(_ error: HTTPClientError) -> Bool {
        [.connectTimeout, .readTimeout, .remoteConnectionClosed, .getConnectionFromPoolTimeout].contains(error)
    }
}
