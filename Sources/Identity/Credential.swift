import Effects

/// A certificate with its private key, both as PEM. The key is a secret: never log a credential.
public struct Credential: Sendable, Hashable {
    /// PEM of the certificate.
    public let certificatePEM: String
    /// PEM of the private key (PKCS #8, P-256).
    public let keyPEM: String

    /// Pairs a certificate with its key; nothing is checked.
    public init(certificatePEM: String, keyPEM: String) {
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
    }
}

/// What a leaf certificate is to say.
public struct LeafRequest: Sendable, Hashable {
    /// What the holder proves with it.
    public enum Purpose: Sendable, Hashable {
        /// To be one of the named hosts (extended key usage serverAuth).
        case server
        /// To be the named user (clientAuth).
        case client
    }

    /// What the holder proves.
    public var purpose: Purpose
    /// Subject common name; the user of a client certificate.
    public var commonName: String
    /// Subject organisations; the groups of a client certificate.
    public var organizations: [String]
    /// DNS names and IP addresses (v4 or v6 text) of a server.
    public var names: [String]
    /// Time until expiry.
    public var lifetime: Duration

    /// Creates a request; the default lifetime is one year.
    public init(
        purpose: Purpose, commonName: String, organizations: [String] = [], names: [String] = [],
        lifetime: Duration = .seconds(365 * 86400)
    ) {
        self.purpose = purpose
        self.commonName = commonName
        self.organizations = organizations
        self.names = names
        self.lifetime = lifetime
    }
}
