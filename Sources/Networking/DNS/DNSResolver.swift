import Effects
import NFTables
import NIOCore

/// Answers one message: from our own names, or from upstream.
struct DNSResolver: Sendable {
    /// The most addresses in one answer; more serve nobody and only fill the datagram.
    static let answerLimit = 512

    let names: NameTable
    let upstream: DNSUpstream
    let effects: Effects

    /// The outcome of looking at a message.
    enum Outcome {
        /// Nothing deserves an answer.
        case silence
        /// The answer is known.
        case answer([UInt8])
        /// Somebody else has to be asked.
        case pending(EventLoopFuture<[UInt8]>)
    }

    /// Reads a message and answers it. `isStream` lifts the limit of a datagram.
    func resolve(_ bytes: [UInt8], client: IPv4Address?, isStream: Bool, on loop: any EventLoop) -> Outcome {
        let query: DNSQuery
        do throws(DNSQuery.Refusal) {
            guard let parsed = try DNSQuery.parse(bytes) else { return .silence }
            query = parsed
        } catch {
            return .answer(DNSResponse.encoded(refusal: error))
        }
        let limit = isStream ? Int(UInt16.max) : query.answerLimit
        switch names.answer(query.question, client: client) {
        case .records(let records, let additionals):
            let response = DNSResponse(code: .success, answers: rotated(records), additionals: additionals)
            return .answer(response.encoded(for: query, limit: limit))
        case .noData(let zone):
            return .answer(DNSResponse(code: .success, authority: zone).encoded(for: query, limit: limit))
        case .nameError(let zone):
            return .answer(DNSResponse(code: .nameError, authority: zone).encoded(for: query, limit: limit))
        case .alias(let target): return .pending(follow(target, for: query, limit: limit, on: loop))
        case .unknown: return .pending(forward(query, limit: limit, on: loop))
        }
    }

    /// Clients take the first address, so everybody gets another first one.
    private func rotated(_ records: [OwnedDNSRecord]) -> [OwnedDNSRecord] {
        guard records.count > 1 else { return records }
        let start = Int(effects.random.next() % UInt64(records.count))
        return Array((records[start...] + records[..<start]).prefix(Self.answerLimit))
    }

    private func forward(_ query: DNSQuery, limit: Int, on loop: any EventLoop) -> EventLoopFuture<[UInt8]> {
        upstream.answer(query, on: loop).map { answer in
            guard let answer else { return Self.failure(query) }
            return answer.count <= limit ? answer : Self.truncated(query)
        }
    }

    /// An alias to a name outside: our own CNAME, then what upstream says about its target.
    private func follow(
        _ target: DNSName,
        for query: DNSQuery,
        limit: Int,
        on loop: any EventLoop
    ) -> EventLoopFuture<[UInt8]> {
        let alias = OwnedDNSRecord(query.question.name, .alias(target))
        // The target may be a Service of ours. Only one step: an alias of an alias is upstream's business.
        if case .records(let records, _) = names.answer(
            DNSQuestion(name: target, type: query.question.type), client: nil)
        {
            let response = DNSResponse(code: .success, answers: [alias] + records)
            return loop.makeSucceededFuture(response.encoded(for: query, limit: limit))
        }
        guard let asked = DNSQuery.own(target, query.question.type, like: query) else {
            return loop.makeSucceededFuture(Self.failure(query))
        }
        return upstream.answer(asked, on: loop).map { answer in
            let records = answer.map { DNSReply.addresses(in: $0) } ?? []
            return DNSResponse(code: .success, answers: [alias] + records).encoded(for: query, limit: limit)
        }
    }

    private static func failure(_ query: DNSQuery) -> [UInt8] {
        DNSResponse(code: .serverFailure).encoded(for: query, limit: query.answerLimit)
    }

    private static func truncated(_ query: DNSQuery) -> [UInt8] {
        var message = DNSResponse(code: .success).encoded(for: query, limit: query.answerLimit)
        message[2] |= 0x02
        return message
    }
}

extension DNSQuery {
    /// A query of our own about another name, with the client's wishes.
    static func own(_ name: DNSName, _ type: DNSType, like query: DNSQuery) -> DNSQuery? {
        let bytes = name.wire + [UInt8(type.rawValue >> 8), UInt8(type.rawValue & 0xFF), 0, 1]
        return DNSQuery(
            id: query.id, recursionDesired: true, question: DNSQuestion(name: name, type: type), questionBytes: bytes,
            datagramLimit: query.datagramLimit, wantsDNSSEC: false
        )
    }
}

extension DNSReply {
    /// The addresses and aliases among the answers of a message.
    static func addresses(in message: [UInt8]) -> [OwnedDNSRecord] {
        var reader = DNSReader(message, at: 6)
        guard let answers = reader.uint16(), reader.uint32() != nil, reader.name() != nil, reader.uint32() != nil else {
            return []
        }
        var records: [OwnedDNSRecord] = []
        for _ in 0..<answers {
            guard let record = reader.record() else { break }
            if record.type == .a, record.data.count == 4 {
                let octets = message[record.data].map { $0 }
                records.append(
                    OwnedDNSRecord(record.name, .address(IPv4Address(octets[0], octets[1], octets[2], octets[3]))))
            } else if record.type == .cname {
                var inner = DNSReader(message, at: record.data.lowerBound)
                if let target = inner.name() { records.append(OwnedDNSRecord(record.name, .alias(target))) }
            }
        }
        return records
    }
}
