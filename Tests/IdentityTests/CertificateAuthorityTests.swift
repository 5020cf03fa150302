import Effects
import Testing

@testable import Identity

@Suite struct CertificateAuthorityTests {
    @Test func signsWhatTheRequestSays() throws {
        let authority = try CertificateAuthority(commonName: "ca", effects: .live)
        let leaf = try authority.issue(
            LeafRequest(
                purpose: .client, commonName: "jane", organizations: ["system:masters", "dev"],
                lifetime: .seconds(3600)))
        let facts = try CertificateFacts(pem: leaf.certificatePEM)
        #expect(facts.commonName == "jane")
        #expect(facts.organizations == ["system:masters", "dev"])
        #expect(abs((facts.notAfter - Effects.live.now).inSeconds - 3600) < 5)
        #expect(authority.isIssuer(ofPEM: leaf.certificatePEM))
    }

    @Test func carriesNamesAndAddresses() throws {
        let authority = try CertificateAuthority(commonName: "ca", effects: .live)
        let leaf = try authority.issue(
            LeafRequest(purpose: .server, commonName: "api", names: ["localhost", "127.0.0.1", "fd00::1"]))
        #expect(
            try CertificateFacts(pem: leaf.certificatePEM).names == ["localhost", "127.0.0.1", "fd00:0:0:0:0:0:0:1"])
    }

    @Test func doesNotVouchForOthers() throws {
        let leaf = try CertificateAuthority(commonName: "ca", effects: .live)
            .issue(LeafRequest(purpose: .client, commonName: "jane"))
        let other = try CertificateAuthority(commonName: "ca", effects: .live)
        #expect(!other.isIssuer(ofPEM: leaf.certificatePEM))
    }

    @Test(arguments: ["1.2.3", "1.2.3.256", "1.2.3.x", "a::b::c", "12345::", "1:2:3:4:5:6:7", "host"])
    func takesNothingElseForAnAddress(text: String) {
        #expect(IPAddressText.bytes(text) == nil)
    }

    @Test func readsAddresses() {
        #expect(IPAddressText.bytes("10.0.255.1") == [10, 0, 255, 1])
        #expect(IPAddressText.bytes("::1") == [UInt8](repeating: 0, count: 15) + [1])
        #expect(IPAddressText.bytes("fe80::1:2")?.prefix(2) == [0xfe, 0x80])
    }
}
