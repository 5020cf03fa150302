import Effects
import HTTPService
import Hummingbird
import Identity
import Logging
import NIOCore
import NIOSSL
import Testing

/// The TLS listener: who is let in, and as whom.
@Suite struct TLSTests {
    static func router() -> Router<ServiceContext> {
        let router = Router(context: ServiceContext.self)
        router.get("who") { _, context in
            guard let identity = context.clientIdentity else { return "nobody" }
            return "\(identity.commonName) of \(identity.organizations.joined(separator: "+"))"
        }
        router.get("raw") { _, _ in
            Response.hijack(status: .switchingProtocols) { stream in
                for try await buffer in stream.inbound { try await stream.write(buffer) }
                try await stream.write("end".utf8)
            }
        }
        return router
    }

    /// Asks a fresh TLS server `request` as the holder of `credential`; half-closes after it.
    static func ask(
        _ request: String, as credential: Credential?, authority: CertificateAuthority
    ) async throws -> String {
        let server = try authority.issue(
            LeafRequest(purpose: .server, commonName: "test", names: ["127.0.0.1", "localhost"]))
        let options = HTTPTLSOptions(
            certificateChainPEM: Array(server.certificatePEM.utf8), privateKeyPEM: Array(server.keyPEM.utf8),
            clientAuthoritiesPEM: Array(authority.credential.certificatePEM.utf8),
            identify: { der in
                (try? CertificateFacts(der: der)).map {
                    ClientIdentity(commonName: $0.commonName, organizations: $0.organizations)
                }
            })
        let http = HTTPServer(
            name: "tls", listener: .tls(host: "127.0.0.1", port: 0, options: options),
            responder: router().buildResponder(), logger: Logger(label: "test"))
        let address = try await http.start()
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(
            try NIOSSLCertificate.fromPEMBytes(Array(authority.credential.certificatePEM.utf8)))
        tls.certificateVerification = .noHostnameVerification
        if let credential {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(credential.certificatePEM.utf8))
                .map { .certificate($0) }
            tls.privateKey = .privateKey(
                try NIOSSLPrivateKey(bytes: Array(credential.keyPEM.utf8), format: .pem))
        }
        do {
            let text = try await RawClient.connect(to: address, tls: tls).use { wire in
                try await wire.send(request)
                wire.finish()
                return try await wire.readToEnd()
            }
            await http.stop()
            return text
        } catch {
            await http.stop()
            throw error
        }
    }

    static let who = "GET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    @Test func knowsTheHolderOfACertificate() async throws {
        let authority = try CertificateAuthority(commonName: "ca", effects: .live)
        let jane = try authority.issue(
            LeafRequest(purpose: .client, commonName: "jane", organizations: ["dev", "ops"]))
        #expect(try await Self.ask(Self.who, as: jane, authority: authority).hasSuffix("jane of dev+ops"))
    }

    @Test func letsClientsInWithoutCertificate() async throws {
        let authority = try CertificateAuthority(commonName: "ca", effects: .live)
        #expect(try await Self.ask(Self.who, as: nil, authority: authority).hasSuffix("nobody"))
    }

    @Test func refusesCertificatesOfOthers() async throws {
        let authority = try CertificateAuthority(commonName: "ca", effects: .live)
        let stranger = try CertificateAuthority(commonName: "ca", effects: .live)
            .issue(LeafRequest(purpose: .client, commonName: "jane", organizations: ["system:masters"]))
        let answer = try? await Self.ask(Self.who, as: stranger, authority: authority)
        #expect(answer?.contains("jane") != true)
    }

    @Test func writesAfterTheClientHalfClosed() async throws {
        let authority = try CertificateAuthority(commonName: "ca", effects: .live)
        let answer = try await Self.ask("GET /raw HTTP/1.1\r\nHost: x\r\n\r\nstream ", as: nil, authority: authority)
        #expect(answer.hasSuffix("\r\n\r\nstream end"))
    }
}
