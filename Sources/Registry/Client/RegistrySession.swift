import AsyncHTTPClient
import Images
import NIOCore
import NIOHTTP1
import OCI

/// Requests to one repository of one registry, with whatever authentication it asks for.
actor RegistrySession {
    nonisolated let host: RegistryHost
    nonisolated let repository: String
    private let http: RegistryHTTP
    private let tokens: RegistryTokens
    private let credentials: RegistryCredentials?
    private let actions: String
    private var authorization: String?
    private var base: String?

    /// `actions` is what tokens are asked for: `pull` or `pull,push`.
    init(
        _ reference: Reference, actions: String, http: RegistryHTTP, tokens: RegistryTokens,
        credentials: RegistryCredentials?
    ) {
        host = RegistryHost(reference.registry)
        repository = reference.repository
        self.actions = actions
        self.http = http
        self.tokens = tokens
        self.credentials = credentials
    }

    /// The absolute URL of a path below the repository, or of a location the registry gave.
    func url(_ path: String) async throws -> String {
        let base = try await baseURL()
        if path.hasPrefix("http://") || path.hasPrefix("https://") { return path }
        if path.hasPrefix("/") { return base + path }
        return "\(base)/v2/\(repository)/\(path)"
    }

    /// Sends a request with authentication; answers other than `expected` become errors.
    func send(
        _ call: RegistryHTTP.Call, expecting expected: Set<UInt>, what: String
    ) async throws -> HTTPClientResponse {
        let response = try await authenticated(call)
        guard expected.contains(response.status.code) else { throw await failure(response, what) }
        return response
    }

    private func authenticated(_ call: RegistryHTTP.Call) async throws -> HTTPClientResponse {
        let base = try await baseURL()
        // Credentials go to the registry itself only, never to a location on another host.
        let isOwn = call.url.hasPrefix(base + "/")
        var first = call
        if isOwn, let authorization { first.headers.append(("Authorization", authorization)) }
        let response = try await transported { try await http.send(first) }
        guard isOwn, response.status == .unauthorized, let challenge = Self.challenge(response) else { return response }
        let header = try await tokens.authorization(
            for: challenge, scopes: ["repository:\(repository):\(actions)"], credentials: credentials,
            registry: host.name
        )
        authorization = header
        var second = call
        second.headers.append(("Authorization", header))
        return try await transported { try await http.send(second) }
    }

    private static func challenge(_ response: HTTPClientResponse) -> AuthChallenge? {
        let all = response.headers["WWW-Authenticate"].compactMap { AuthChallenge($0) }
        return all.first { $0.scheme == "bearer" } ?? all.first
    }

    /// TLS, or plain HTTP on this machine when TLS is not spoken there.
    private func baseURL() async throws -> String {
        if let base { return base }
        let secure = "https://\(host.authority)"
        guard host.allowsPlain else {
            base = secure
            return secure
        }
        var probe = RegistryHTTP.Call(method: .GET, url: "\(secure)/v2/")
        probe.timeoutSeconds = 5
        let speaksTLS = (try? await http.once(probe)) != nil
        let found = speaksTLS ? secure : "http://\(host.authority)"
        base = found
        return found
    }

    private func transported<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as ImageError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ImageError(
                .unavailable, "registry \(host.name) cannot be reached; check the network, the name and proxies",
                cause: error
            )
        }
    }

    private func failure(_ response: HTTPClientResponse, _ what: String) async -> ImageError {
        let said = RegistryAnswer.message(await http.text(of: response))
        let detail = said.map { ": \($0)" } ?? ""
        switch response.status.code {
        case 401, 403:
            return ImageError(
                .denied,
                "access to \(what) denied by \(host.name)\(detail); it may not exist or may need `skiff login \(host.name)`"
            )
        case 404: return ImageError(.notFound, "\(what) not found at \(host.name)\(detail)")
        case 429:
            return ImageError(
                .rateLimited,
                "\(host.name) limits the number of pulls\(detail); run `skiff login \(host.name)` or try again later"
            )
        default:
            return ImageError(.unavailable, "\(host.name) answered \(response.status.code) for \(what)\(detail)")
        }
    }
}
