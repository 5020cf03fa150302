import Effects
import Images
import Logging
import NIOHTTP1
import OCI
import SystemLinux

/// The client for other registries: token and basic authentication, proxies, resumed and parallel downloads.
/// Plug it into the `ImageStore`.
public final class RegistryClient: ImageTransport {
    /// Layers transferred at the same time for one image.
    static let parallelBlobs = 4

    let http: RegistryHTTP
    private let tokens: RegistryTokens
    private let configPath: String
    let logger: Logger

    /// Makes a client. Proxies, trusted authorities and the credential file are those of the environment.
    public init(
        environment: [String: String] = ProcessEnvironment.dictionary, effects: Effects, logger: Logger
    ) {
        http = RegistryHTTP(environment: environment, effects: effects, logger: logger)
        tokens = RegistryTokens(http: http, effects: effects)
        configPath = DockerConfigFile.path(environment: environment)
        self.logger = logger
    }

    /// Closes the connections. The client cannot be used afterwards.
    public func shutdown() async { await http.shutdown() }

    func session(
        _ reference: Reference, actions: String, credentials: RegistryCredentials?
    ) async throws -> RegistrySession {
        RegistrySession(
            reference, actions: actions, http: http, tokens: tokens,
            credentials: try await resolve(credentials, RegistryHost(reference.registry))
        )
    }

    /// What the caller gave, else what the credential file of the daemon's user has.
    private func resolve(
        _ given: RegistryCredentials?, _ host: RegistryHost
    ) async throws -> RegistryCredentials? {
        if let given { return given }
        let file = try await BlockingPool.shared.run { [configPath] in try DockerConfigFile.load(path: configPath) }
        if let found = file.credentials(for: host) { return found }
        if let helper = file.helper(for: host) {
            logger.notice(
                "credential helper is not asked by the daemon; log in with skiff login",
                metadata: ["registry": "\(host.name)", "helper": "\(helper)"]
            )
        }
        return nil
    }

    /// Proves that credentials work at a registry. Throws `denied` or `unavailable`.
    public func login(registry: String, credentials: RegistryCredentials) async throws {
        let reference: Reference
        do { reference = try Reference(registry: registry, repository: "library/login") } catch {
            throw ImageError(.invalid, error.message)
        }
        let session = RegistrySession(
            reference, actions: "pull", http: http, tokens: tokens, credentials: credentials
        )
        let call = RegistryHTTP.Call(method: .GET, url: try await session.url("/v2/"))
        _ = try await session.send(call, expecting: [200], what: "login")
    }
}
