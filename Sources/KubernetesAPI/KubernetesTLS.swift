import HTTPService
import Identity

/// The listener of the API: certificates in the form the HTTP server takes.
public enum KubernetesTLS {
    /// Options for a TLS listener whose clients may show a certificate of `authority`.
    public static func options(server: Credential, authority: CertificateAuthority) -> HTTPTLSOptions {
        HTTPTLSOptions(
            certificateChainPEM: Array(server.certificatePEM.utf8),
            privateKeyPEM: Array(server.keyPEM.utf8),
            clientAuthoritiesPEM: Array(authority.credential.certificatePEM.utf8),
            identify: { der in
                // What TLS has verified but we cannot read gives no identity, hence no rights.
                guard let facts = try? CertificateFacts(der: der) else { return nil }
                return ClientIdentity(commonName: facts.commonName, organizations: facts.organizations)
            })
    }
}
