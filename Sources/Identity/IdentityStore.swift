import Effects
import SystemLinux

/// The authority, certificates and token key of one cluster, kept in a folder with mode 0700, each file 0600.
///
/// Blocks for the disk: call it on `BlockingPool` or before serving. One process at a time owns the folder.
public struct IdentityStore: Sendable {
    /// The folder.
    public let directory: String
    /// Signs the cluster's certificates.
    public let authority: CertificateAuthority
    /// Signs and verifies service account tokens.
    public let tokens: TokenSigner
    private let effects: Effects

    /// A certificate with less left than this is replaced when it is asked for.
    public static let renewBefore = Duration.seconds(60 * 86400)

    /// Opens the folder; makes it, the authority and the token key when they are missing.
    ///
    /// - Parameters:
    ///   - directory: e.g. `<state>/identity`.
    ///   - cluster: names the authority.
    ///   - issuer: `iss` of tokens.
    public static func open(
        directory: String, cluster: String, issuer: String = TokenSigner.defaultIssuer, effects: Effects
    ) throws(IdentityError) -> IdentityStore {
        do {
            try Directory.make(directory, mode: 0o700)
            try File.setMode(directory, 0o700)
        } catch { throw IdentityError(.file, "cannot make folder \(directory)", cause: error) }
        let authority: CertificateAuthority
        if let saved = try self.load("ca", in: directory) {
            authority = try CertificateAuthority(saved, effects: effects)
        } else {
            authority = try CertificateAuthority(commonName: "skiff-\(cluster)", effects: effects)
            try self.save(authority.credential, as: "ca", in: directory)
        }
        let keyPath = "\(directory)/service-accounts.key"
        let tokens: TokenSigner
        if File.exists(keyPath) {
            tokens = try TokenSigner(keyPEM: self.read(keyPath), issuer: issuer, effects: effects)
        } else {
            tokens = TokenSigner(issuer: issuer, effects: effects)
            try self.write(keyPath, tokens.keyPEM)
        }
        return IdentityStore(directory: directory, authority: authority, tokens: tokens, effects: effects)
    }

    /// The saved certificate called `name`, or a new one when it is missing, says something else than `request`, is
    /// near expiry or was signed by another authority.
    public func credential(_ name: String, _ request: LeafRequest) throws(IdentityError) -> Credential {
        if let saved = try Self.load(name, in: self.directory), self.serves(saved, request) { return saved }
        let issued = try self.authority.issue(request)
        try Self.save(issued, as: name, in: self.directory)
        return issued
    }

    private func serves(_ credential: Credential, _ request: LeafRequest) -> Bool {
        // A file that cannot be read is replaced like one that is missing.
        guard let facts = try? CertificateFacts(pem: credential.certificatePEM) else { return false }
        let wanted = request.names.map { IPAddressText.bytes($0).map { "\($0)" } ?? $0 }
        let given = facts.names.map { IPAddressText.bytes($0).map { "\($0)" } ?? $0 }
        return facts.commonName == request.commonName && facts.organizations == request.organizations
            && wanted == given && facts.notAfter > self.effects.now + Self.renewBefore
            && self.authority.isIssuer(ofPEM: credential.certificatePEM)
    }

    private static func load(_ name: String, in directory: String) throws(IdentityError) -> Credential? {
        let (certificate, key) = ("\(directory)/\(name).crt", "\(directory)/\(name).key")
        guard File.exists(certificate), File.exists(key) else { return nil }
        return Credential(certificatePEM: try self.read(certificate), keyPEM: try self.read(key))
    }

    private static func save(_ credential: Credential, as name: String, in directory: String) throws(IdentityError) {
        // The key first: a certificate without its key would be taken for a whole credential's half.
        try self.write("\(directory)/\(name).key", credential.keyPEM)
        try self.write("\(directory)/\(name).crt", credential.certificatePEM)
    }

    private static func read(_ path: String) throws(IdentityError) -> String {
        do { return try File.readText(path, limit: 1 << 20) } catch {
            throw IdentityError(.file, "cannot read \(path)", cause: error)
        }
    }

    private static func write(_ path: String, _ text: String) throws(IdentityError) {
        do { try File.writeAtomically(path, Array(text.utf8), mode: 0o600) } catch {
            throw IdentityError(.file, "cannot write \(path)", cause: error)
        }
    }
}
