import Testing

@testable import Networking

@Suite struct DNSQueryTests {
    private func header(_ flags: UInt16 = 0x0100, questions: UInt16 = 1, additionals: UInt16 = 0) -> [UInt8] {
        [0x12, 0x34, UInt8(flags >> 8), UInt8(flags & 0xFF), 0, UInt8(questions), 0, 0, 0, 0, 0, UInt8(additionals)]
    }

    private let question: [UInt8] = [3] + Array("WeB".utf8) + [7] + Array("example".utf8) + [0, 0, 1, 0, 1]

    @Test func readsAQuestionAndFoldsItsCase() throws {
        let query = try #require(try DNSQuery.parse(header() + question))
        #expect(query.id == 0x1234)
        #expect(query.question == DNSQuestion(name: DNSName(trusted: "web.example"), type: .a))
        #expect(query.questionBytes == question)
        #expect(query.answerLimit == 512)
    }

    @Test func readsTheDatagramSizeOfEDNS() throws {
        let opt: [UInt8] = [0, 0, 41, 0x10, 0x00, 0, 0, 0x80, 0, 0, 0]
        let query = try #require(try DNSQuery.parse(header(additionals: 1) + question + opt))
        #expect(query.datagramLimit == 4096)
        #expect(query.answerLimit == DNSQuery.maximumDatagram)
        #expect(query.wantsDNSSEC)
    }

    @Test func staysSilentOnResponsesAndFragments() throws {
        #expect(try DNSQuery.parse(header(0x8180) + question) == nil)
        #expect(try DNSQuery.parse([1, 2, 3]) == nil)
        #expect(try DNSQuery.parse([UInt8](repeating: 0, count: 5000)) == nil)
    }

    @Test(arguments: [
        [UInt8](arrayLiteral: 0xC0, 0x0C, 0, 1, 0, 1),  // a pointer to itself
        [0xC0, 0x0E, 0xC0, 0x0C, 0, 1, 0, 1],  // two pointers in a ring
        [0xC0, 0xFF, 0, 1, 0, 1],  // a pointer forward
        [0x40, 0, 0, 1, 0, 1],  // a reserved label type
        [63, 1, 2, 3],  // a label beyond the end
        [3, 0x61, 0x2E, 0x62, 0, 0, 1, 0, 1],  // a full stop inside a label
        [1, 0xFF, 0, 0, 1, 0, 1],  // not UTF-8
        [1, 0x61, 0, 0],  // no type
    ])
    func answersMalformedQuestionsWithFormatError(tail: [UInt8]) {
        #expect(throws: DNSQuery.Refusal.self) { try DNSQuery.parse(header() + tail) }
    }

    @Test func refusesNamesThatAreTooLong() {
        let label: [UInt8] = [60] + [UInt8](repeating: 0x61, count: 60)
        let name = label + label + label + label + label + [0]
        #expect(throws: DNSQuery.Refusal.self) { try DNSQuery.parse(header() + name + [0, 1, 0, 1]) }
    }

    @Test func refusesOtherOperationsClassesAndCounts() {
        #expect(throws: DNSQuery.Refusal.self) { try DNSQuery.parse(header(0x2800) + question) }
        #expect(throws: DNSQuery.Refusal.self) { try DNSQuery.parse(header(questions: 2) + question + question) }
        let chaos = Array(question.dropLast(1)) + [3]
        #expect(throws: DNSQuery.Refusal.self) { try DNSQuery.parse(header() + chaos) }
    }

    @Test func survivesEveryTruncationAndSingleByteChange() throws {
        let opt: [UInt8] = [0, 0, 41, 0x10, 0x00, 0, 0, 0, 0, 0, 0]
        let whole = header(additionals: 1) + question + opt
        for length in 0..<whole.count { _ = try? DNSQuery.parse(Array(whole.prefix(length))) }
        for index in whole.indices {
            for value: UInt8 in [0, 1, 0x3F, 0x40, 0x80, 0xC0, 0xFF] {
                var changed = whole
                changed[index] = value
                _ = try? DNSQuery.parse(changed)
                _ = DNSReply.isAnswer(changed, to: whole)
                _ = DNSReply.addresses(in: changed)
            }
        }
        #expect(try DNSQuery.parse(whole) != nil)
    }
}
