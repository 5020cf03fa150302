import NFTables
import Testing

@testable import Networking

@Suite struct DNSCacheTests {
    private func key(_ name: String) -> DNSCache.Key {
        DNSCache.Key(question: DNSQuestion(name: DNSName(trusted: name), type: .a), wantsDNSSEC: false)
    }

    private func message(_ name: String, seconds: UInt32, code: DNSResponseCode = .success, answers: Bool = true)
        -> [UInt8]
    {
        let owner = DNSName(trusted: name)
        let echo = owner.wire + [0, 1, 0, 1]
        var writer = DNSWriter(id: 1, code: code, recursionDesired: true, authoritative: false, question: echo)
        if answers {
            _ = writer.append(
                OwnedDNSRecord(owner, .address(.loopback)), in: .answer, queryName: owner, timeToLive: seconds,
                room: 512)
        }
        return writer.finished
    }

    @Test func countsTimesToLiveDownAndForgets() throws {
        var cache = DNSCache()
        cache.store(message("a.example", seconds: 30), for: key("a.example"), now: .seconds(100))
        let found = cache.answer(for: key("a.example"), now: .seconds(110))
        let aged = try #require(found)
        #expect(Array(aged.suffix(10)) == [0, 0, 0, 20, 0, 4, 127, 0, 0, 1])
        let answer1 = cache.answer(for: key("a.example"), now: .seconds(130))
        #expect(answer1 == nil)
        #expect(cache.count == 0)
    }

    @Test func keepsNoFailuresAndNoTruncatedAnswers() {
        var cache = DNSCache()
        cache.store(message("a", seconds: 30, code: .serverFailure), for: key("a"), now: .zero)
        var truncated = message("b", seconds: 30)
        truncated[2] |= 0x02
        cache.store(truncated, for: key("b"), now: .zero)
        cache.store([1, 2, 3], for: key("c"), now: .zero)
        #expect(cache.count == 0)
    }

    @Test func keepsDenialsForAShortTime() {
        var cache = DNSCache()
        cache.store(message("no", seconds: 0, code: .nameError, answers: false), for: key("no"), now: .zero)
        let answer2 = cache.answer(for: key("no"), now: .seconds(9))
        #expect(answer2 != nil)
        let answer3 = cache.answer(for: key("no"), now: .seconds(11))
        #expect(answer3 == nil)
    }

    @Test func isBounded() {
        var cache = DNSCache()
        for number in 0..<(DNSCache.capacity + 500) {
            cache.store(message("n\(number)", seconds: 60), for: key("n\(number)"), now: .milliseconds(Int64(number)))
        }
        #expect(cache.count <= DNSCache.capacity)
        let answer4 = cache.answer(for: key("n\(DNSCache.capacity + 499)"), now: .seconds(5))
        #expect(answer4 != nil)
    }
}
