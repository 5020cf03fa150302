import Effects
import FoundationEssentials
import SwiftASN1
import X509

/// What a certificate says, read without judging whether to trust it (TLS has done that).
public struct CertificateFacts: Sendable, Hashable {
    /// Subject common name; empty when it has none.
    public let commonName: String
    /// Subject organisations, in order.
    public let organizations: [String]
    /// DNS names and IP addresses of the subject, in order.
    public let names: [String]
    /// The moment after which it is void.
    public let notAfter: Timestamp

    /// Reads a DER certificate.
    public init(der: [UInt8]) throws(IdentityError) {
        do { self.init(try Certificate(derEncoded: der)) } catch {
            throw IdentityError(.badCertificate, "cannot read certificate", cause: error)
        }
    }

    /// Reads a PEM certificate.
    public init(pem: String) throws(IdentityError) {
        do { self.init(try Certificate(pemEncoded: pem)) } catch {
            throw IdentityError(.badCertificate, "cannot read certificate", cause: error)
        }
    }

    private init(_ certificate: Certificate) {
        var commonName = ""
        var organizations: [String] = []
        for attribute in certificate.subject.flatMap({ Array($0) }) {
            guard let text = String(attribute.value) else { continue }
            if attribute.type == .RDNAttributeType.commonName { commonName = text }
            if attribute.type == .RDNAttributeType.organizationName { organizations.append(text) }
        }
        self.commonName = commonName
        self.organizations = organizations
        self.notAfter = Timestamp(seconds: Int64(certificate.notValidAfter.timeIntervalSince1970))
        let alternatives = try? certificate.extensions.subjectAlternativeNames
        self.names = (alternatives ?? SubjectAlternativeNames()).compactMap { name in
            switch name {
            case .dnsName(let text): text
            case .ipAddress(let address): Self.text(Array(address.bytes))
            default: nil
            }
        }
    }

    private static func text(_ address: [UInt8]) -> String {
        guard address.count == 16 else { return address.map { String($0) }.joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2)
            .map { String(UInt16(address[$0]) << 8 | UInt16(address[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }
}
