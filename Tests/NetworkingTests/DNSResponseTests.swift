import NFTables
import Testing

@testable import Networking

@Suite struct DNSResponseTests {
    private func query(_ name: String, _ type: DNSType = .a, limit: Int? = nil) throws -> DNSQuery {
        let base = try #require(DNSName(name))
        let like = DNSQuery(
            id: 7, recursionDesired: true, question: DNSQuestion(name: base, type: type), questionBytes: [],
            datagramLimit: limit, wantsDNSSEC: false)
        return try #require(DNSQuery.own(base, type, like: like))
    }

    @Test func anAnswerPointsAtTheQuestionAndCarriesTheAddress() throws {
        let query = try query("web.example")
        let response = DNSResponse(
            code: .success, answers: [OwnedDNSRecord(query.question.name, .address(IPv4Address(10, 0, 0, 1)))])
        let bytes = response.encoded(for: query, limit: 512)
        #expect(Array(bytes[0..<8]) == [0, 7, 0x85, 0x80, 0, 1, 0, 1])
        #expect(Array(bytes.suffix(16)) == [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 1])
        #expect(DNSReply.addresses(in: bytes) == response.answers)
    }

    @Test func whatDoesNotFitIsLeftOutAndMarked() throws {
        let query = try query("web.example")
        let answers = (0..<100).map {
            OwnedDNSRecord(query.question.name, .address(IPv4Address(10, 0, 0, UInt8($0))))
        }
        let bytes = DNSResponse(code: .success, answers: answers).encoded(for: query, limit: 512)
        #expect(bytes.count <= 512)
        #expect(bytes[2] & 0x02 != 0)
        #expect(DNSReply.addresses(in: bytes).count == 30)
    }

    @Test func aMissingNameCarriesTheZonesAuthority() throws {
        let query = try query("no.cluster.local", limit: 1232)
        let bytes = DNSResponse(code: .nameError, authority: DNSName(trusted: "cluster.local"))
            .encoded(for: query, limit: 1232)
        #expect(bytes[3] & 0x0F == 3)
        #expect(bytes[9] == 1)
        #expect(bytes[11] == 1)
    }
}
