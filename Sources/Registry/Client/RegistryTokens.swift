import AsyncHTTPClient
import Document
import Effects
import HTTPService
import Images
import NIOCore
import NIOHTTP1
import OCI

/// Gets and keeps the tokens that registries hand out for scopes (distribution token authentication; Docker's
/// `auth.docker.io` works so).
actor RegistryTokens {
    /// Most tokens kept; the oldest goes first.
    private static let limit = 256
    /// A token is not used in its last seconds: the request it is for takes time.
    private static let marginSeconds: Int64 = 10
    /// How long a token without a lifetime is used (the specification's default).
    private static let defaultLifetimeSeconds: Int64 = 60
    private static let answerLimitBytes = 1 << 20

    private struct Key: Hashable {
        let realm: String
        let service: String
        let scopes: [String]
        let credentials: RegistryCredentials?
    }

    private struct Token {
        let value: String
        let expires: Duration
        let order: Int
    }

    private let http: RegistryHTTP
    private let effects: Effects
    private var tokens: [Key: Token] = [:]
    private var counter = 0

    init(http: RegistryHTTP, effects: Effects) {
        self.http = http
        self.effects = effects
    }

    /// The `Authorization` header that answers a challenge. Throws `denied` when the credentials are not enough.
    func authorization(
        for challenge: AuthChallenge, scopes: [String], credentials: RegistryCredentials?, registry: String
    ) async throws -> String {
        if challenge.scheme == "basic" {
            guard let credentials else {
                throw ImageError(.denied, "\(registry) wants a login; run `skiff login \(registry)`")
            }
            return Self.basic(credentials)
        }
        guard challenge.scheme == "bearer", let realm = challenge.parameters["realm"] else {
            throw ImageError(
                .unsupported, "\(registry) wants authentication \"\(challenge.scheme)\", which is not supported")
        }
        var wanted = scopes
        if let scope = challenge.parameters["scope"] {
            wanted += scope.split(separator: " ").map(String.init).filter { !wanted.contains($0) }
        }
        let key = Key(
            realm: realm, service: challenge.parameters["service"] ?? "", scopes: wanted, credentials: credentials
        )
        if let kept = tokens[key], kept.expires > effects.time.monotonic { return "Bearer \(kept.value)" }
        let token = try await fetch(key, registry: registry)
        if tokens.count >= Self.limit, let oldest = tokens.min(by: { $0.value.order < $1.value.order }) {
            tokens[oldest.key] = nil
        }
        counter += 1
        tokens[key] = token
        return "Bearer \(token.value)"
    }

    private func fetch(_ key: Key, registry: String) async throws -> Token {
        guard key.realm.hasPrefix("https://") || RegistryHost(registry).allowsPlain else {
            throw ImageError(.denied, "\(registry) wants credentials sent to \(key.realm) without TLS; refused")
        }
        var call = RegistryHTTP.Call(method: .GET, url: key.realm)
        if let identity = key.credentials?.identityToken {
            call.method = .POST
            call.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
            let form = Self.form([
                ("grant_type", "refresh_token"), ("service", key.service), ("client_id", "skiff"),
                ("refresh_token", identity), ("scope", key.scopes.joined(separator: " ")),
            ])
            call.body = { .bytes(Array(form.utf8)) }
        } else {
            var items = [("service", key.service)] + key.scopes.map { ("scope", $0) }
            if let credentials = key.credentials {
                items.append(("account", credentials.username))
                call.headers.append(("Authorization", Self.basic(credentials)))
            }
            call.url += (key.realm.contains("?") ? "&" : "?") + Self.form(items)
        }
        let response = try await http.send(call)
        guard response.status == .ok else {
            throw ImageError(
                .denied, "\(registry) refuses the credentials (\(response.status.code)); run `skiff login \(registry)`"
            )
        }
        let body = try await response.body.collect(upTo: Self.answerLimitBytes)
        guard
            let answer = try? JSONReader.parse(Array(body.readableBytesView)),
            let value = (answer["token"] ?? answer["access_token"])?.stringValue
        else { throw ImageError(.unavailable, "token service \(key.realm) answered without a token") }
        let lifetime = answer["expires_in"]?.intValue ?? Self.defaultLifetimeSeconds
        return Token(
            value: value, expires: effects.time.monotonic + .seconds(max(0, lifetime - Self.marginSeconds)),
            order: counter
        )
    }

    static func basic(_ credentials: RegistryCredentials) -> String {
        "Basic " + Base64.encode(Array("\(credentials.username):\(credentials.password)".utf8))
    }

    private static func form(_ items: [(String, String)]) -> String {
        items.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
    }
}
