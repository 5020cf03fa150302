import Crypto
import Effects
import FoundationEssentials
import SwiftASN1
import X509

/// A certificate authority of the platform's own: P-256, self-signed, ten years. Pure computation, no files.
public struct CertificateAuthority: Sendable {
    /// The authority's certificate and key.
    public let credential: Credential
    private let certificate: Certificate
    private let key: Certificate.PrivateKey
    private let effects: Effects

    /// Seconds a certificate is valid before it is made, so that clocks may differ a little.
    private static let backdate = Duration.seconds(300)
    private static let lifetime = Duration.seconds(3650 * 86400)

    /// Makes a new authority with the given subject common name.
    public init(commonName: String, effects: Effects) throws(IdentityError) {
        do {
            let signing = P256.Signing.PrivateKey()
            let key = Certificate.PrivateKey(signing)
            let name = try DistinguishedName { CommonName(commonName) }
            let certificate = try Certificate(
                version: .v3,
                serialNumber: Self.serial(effects),
                publicKey: key.publicKey,
                notValidBefore: Self.date(effects.now - Self.backdate),
                notValidAfter: Self.date(effects.now + Self.lifetime),
                issuer: name,
                subject: name,
                signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(digitalSignature: true, keyCertSign: true, cRLSign: true))
                    SubjectKeyIdentifier(hash: key.publicKey)
                },
                issuerPrivateKey: key
            )
            self.certificate = certificate
            self.key = key
            self.effects = effects
            self.credential = Credential(
                certificatePEM: try certificate.serializeAsPEM().pemString + "\n",
                keyPEM: signing.pemRepresentation + "\n")
        } catch {
            throw IdentityError(.badCertificate, "cannot make certificate authority \(commonName)", cause: error)
        }
    }

    /// Reads an authority made before.
    public init(_ credential: Credential, effects: Effects) throws(IdentityError) {
        do {
            self.certificate = try Certificate(pemEncoded: credential.certificatePEM)
            self.key = try Certificate.PrivateKey(pemEncoded: credential.keyPEM)
            self.credential = credential
            self.effects = effects
        } catch {
            throw IdentityError(.badCertificate, "cannot read certificate authority", cause: error)
        }
    }

    /// Signs a certificate for a new P-256 key.
    public func issue(_ request: LeafRequest) throws(IdentityError) -> Credential {
        do {
            let signing = P256.Signing.PrivateKey()
            let publicKey = Certificate.PrivateKey(signing).publicKey
            let subject = DistinguishedName(
                request.organizations.map { RelativeDistinguishedName(Self.organization($0)) }
                    + [RelativeDistinguishedName(Self.commonName(request.commonName))])
            let end = min(Self.date(self.effects.now + request.lifetime), self.certificate.notValidAfter)
            let certificate = try Certificate(
                version: .v3,
                serialNumber: Self.serial(self.effects),
                publicKey: publicKey,
                notValidBefore: Self.date(self.effects.now - Self.backdate),
                notValidAfter: end,
                issuer: self.certificate.subject,
                subject: subject,
                signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try self.extensions(of: request, publicKey: publicKey),
                issuerPrivateKey: self.key
            )
            return Credential(
                certificatePEM: try certificate.serializeAsPEM().pemString + "\n",
                keyPEM: signing.pemRepresentation + "\n")
        } catch {
            throw IdentityError(.badCertificate, "cannot sign a certificate for \(request.commonName)", cause: error)
        }
    }

    /// True when the certificate carries this authority's signature; false also for what is no certificate.
    func isIssuer(ofPEM pem: String) -> Bool {
        guard let certificate = try? Certificate(pemEncoded: pem) else { return false }
        return self.certificate.publicKey.isValidSignature(certificate.signature, for: certificate)
    }

    private func extensions(
        of request: LeafRequest, publicKey: Certificate.PublicKey
    ) throws -> Certificate.Extensions {
        let names = request.names.map(Self.generalName)
        return try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([request.purpose == .server ? .serverAuth : .clientAuth])
            AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: self.key.publicKey).keyIdentifier)
            SubjectKeyIdentifier(hash: publicKey)
            if !names.isEmpty { SubjectAlternativeNames(names) }
        }
    }

    private static func commonName(_ name: String) -> RelativeDistinguishedName.Attribute {
        .init(type: .RDNAttributeType.commonName, utf8String: name)
    }

    private static func organization(_ name: String) -> RelativeDistinguishedName.Attribute {
        .init(type: .RDNAttributeType.organizationName, utf8String: name)
    }

    private static func generalName(_ name: String) -> GeneralName {
        guard let address = IPAddressText.bytes(name) else { return .dnsName(name) }
        return .ipAddress(ASN1OctetString(contentBytes: address[...]))
    }

    /// 16 random bytes with a clear top bit: positive in DER, RFC 5280 section 4.1.2.2.
    private static func serial(_ effects: Effects) -> Certificate.SerialNumber {
        var bytes = effects.random.bytes(16)
        bytes[0] = bytes[0] & 0x7f | 0x01
        return Certificate.SerialNumber(bytes: bytes)
    }

    static func date(_ time: Timestamp) -> Date {
        Date(timeIntervalSince1970: Double(time.seconds))
    }
}
