import Crypto
import Document
import Effects
import FoundationEssentials

/// Signs and verifies JSON web tokens with one P-256 key (RFC 7519, ES256 of RFC 7518 section 3.4).
public struct TokenSigner: Sendable {
    /// Issuer of Kubernetes service account tokens.
    public static let defaultIssuer = "https://kubernetes.default.svc.cluster.local"

    /// `iss` of every token.
    public let issuer: String
    /// PEM of the private key; a secret.
    public let keyPEM: String
    private let key: P256.Signing.PrivateKey
    private let keyID: String
    private let effects: Effects

    /// Makes a signer with a new key.
    public init(issuer: String = defaultIssuer, effects: Effects) {
        let key = P256.Signing.PrivateKey()
        self.init(key: key, keyPEM: key.pemRepresentation + "\n", issuer: issuer, effects: effects)
    }

    /// Makes a signer with a key made before.
    public init(keyPEM: String, issuer: String = defaultIssuer, effects: Effects) throws(IdentityError) {
        do {
            let key = try P256.Signing.PrivateKey(pemRepresentation: keyPEM)
            self.init(key: key, keyPEM: keyPEM, issuer: issuer, effects: effects)
        } catch { throw IdentityError(.badKey, "cannot read the token signing key", cause: error) }
    }

    private init(key: P256.Signing.PrivateKey, keyPEM: String, issuer: String, effects: Effects) {
        self.key = key
        self.keyPEM = keyPEM
        self.issuer = issuer
        self.effects = effects
        // RFC 7638: the thumbprint of the public key names it.
        self.keyID = Base64URL.encode(SHA256.hash(data: key.publicKey.x963Representation))
    }

    /// Signs claims; `iss`, `iat`, `nbf`, `exp` and `jti` are set here.
    public func sign(_ claims: TokenClaims, lifetime: Duration) -> SignedToken {
        let now = self.effects.now.seconds
        let expiry = now + max(1, lifetime.components.seconds)
        let payload = claims.payload(
            issuer: self.issuer, issuedAt: now, expiresAt: expiry, tokenID: self.effects.uuid())
        let header: JSONValue = ["alg": "ES256", "kid": .string(self.keyID), "typ": "JWT"]
        let text = Base64URL.encode(JSONWriter.bytes(header)) + "." + Base64URL.encode(JSONWriter.bytes(payload))
        // Signing with a key that exists cannot fail; the library's signature is throwing for hardware keys.
        guard let signature = try? self.key.signature(for: Array(text.utf8)) else {
            preconditionFailure("P-256 failed")
        }
        return SignedToken(
            token: text + "." + Base64URL.encode(signature.rawRepresentation), expiresAt: Timestamp(seconds: expiry))
    }

    /// Checks signature, issuer, audience and time; returns what the token says.
    public func verify(_ token: String, audience: String? = nil) throws(IdentityError) -> TokenClaims {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]), header["alg"]?.stringValue == "ES256",
            let raw = Base64URL.decode(parts[2]),
            let signature = try? P256.Signing.ECDSASignature(rawRepresentation: raw),
            self.key.publicKey.isValidSignature(signature, for: Array("\(parts[0]).\(parts[1])".utf8)),
            let payload = Self.object(parts[1]), payload["iss"]?.stringValue == self.issuer,
            let claims = TokenClaims(payload: payload)
        else { throw IdentityError(.badToken, "the token is not one of this cluster") }
        guard claims.audiences.contains(audience ?? self.issuer) else {
            throw IdentityError(.badToken, "the token is for \(claims.audiences.joined(separator: ", "))")
        }
        let now = self.effects.now.seconds
        guard let expiry = payload["exp"]?.intValue, let start = payload["nbf"]?.intValue, start <= now, now < expiry
        else { throw IdentityError(.expiredToken, "the token is not valid now") }
        return claims
    }

    /// The public key as a JSON web key set (RFC 7517), for `/openid/v1/jwks`.
    public var keySet: JSONValue {
        let point = Array(self.key.publicKey.rawRepresentation)
        return [
            "keys": [
                [
                    "use": "sig", "kty": "EC", "kid": .string(self.keyID), "crv": "P-256", "alg": "ES256",
                    "x": .string(Base64URL.encode(point.prefix(32))), "y": .string(Base64URL.encode(point.suffix(32))),
                ]
            ]
        ]
    }

    private static func object(_ part: Substring) -> JSONValue? {
        guard let bytes = Base64URL.decode(part) else { return nil }
        // Whatever is wrong with it, it is no token of ours.
        return try? JSONReader.parse(bytes)
    }
}

/// A token and its end.
public struct SignedToken: Sendable {
    /// The compact serialisation; a secret.
    public let token: String
    /// From this moment on it is refused.
    public let expiresAt: Timestamp
}

/// Base64 with the URL alphabet and without padding, RFC 4648 section 5.
enum Base64URL {
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let text = Base64.encode(Array(bytes))
        var result = ""
        for character in text where character != "=" {
            result.append(character == "+" ? "-" : character == "/" ? "_" : character)
        }
        return result
    }

    static func decode(_ text: Substring) -> [UInt8]? {
        guard !text.contains("+"), !text.contains("/"), !text.contains("=") else { return nil }
        var standard = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        while standard.utf8.count % 4 != 0 { standard.append("=") }
        return Base64.decode(standard)
    }
}
