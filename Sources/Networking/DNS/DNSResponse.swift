/// An answer that this server makes itself.
struct DNSResponse: Sendable {
    /// How long clients may keep our own answers, in seconds: short, because pods come and go.
    static let timeToLiveSeconds: UInt32 = 5

    let code: DNSResponseCode
    var answers: [OwnedDNSRecord] = []
    var additionals: [OwnedDNSRecord] = []
    /// The zone whose SOA tells the client that, and how long, nothing is there (RFC 2308).
    var authority: DNSName?

    /// The message for `query`, at most `limit` bytes: records that do not fit are left out and, when answers are
    /// among them, TC is set so that the client asks again by TCP.
    func encoded(for query: DNSQuery, limit: Int) -> [UInt8] {
        var writer = DNSWriter(
            id: query.id, code: code, recursionDesired: query.recursionDesired, authoritative: code != .serverFailure,
            question: query.questionBytes
        )
        let reserve = query.datagramLimit == nil ? 0 : DNSWriter.optLength
        let room = limit - reserve
        for answer in answers
        where !writer.append(
            answer, in: .answer, queryName: query.question.name, timeToLive: Self.timeToLiveSeconds, room: room)
        {
            writer.setTruncated()
            break
        }
        if answers.isEmpty, let authority { writer.appendAuthority(authority, room: room) }
        for extra in additionals
        where !writer.append(
            extra, in: .additional, queryName: query.question.name, timeToLive: Self.timeToLiveSeconds, room: room)
        {
            break
        }
        if query.datagramLimit != nil { writer.appendOPT() }
        return writer.finished
    }

    /// The header-only answer to a query that could not be read.
    static func encoded(refusal: DNSQuery.Refusal) -> [UInt8] {
        DNSWriter(
            id: refusal.id, code: refusal.code, recursionDesired: refusal.recursionDesired, authoritative: false,
            question: []
        ).finished
    }
}

/// Writes a DNS message.
struct DNSWriter {
    enum Section { case answer, additional }

    static let optLength = 11
    private static let headerLength = 12

    private var bytes: [UInt8]
    private var answerCount: UInt16 = 0
    private var authorityCount: UInt16 = 0
    private var additionalCount: UInt16 = 0

    init(id: UInt16, code: DNSResponseCode, recursionDesired: Bool, authoritative: Bool, question: [UInt8]) {
        bytes = []
        bytes.reserveCapacity(512)
        let flags: UInt16 =
            0x8080 | (authoritative ? 0x0400 : 0) | (recursionDesired ? 0x0100 : 0) | UInt16(code.rawValue)
        append16(id)
        append16(flags)
        append16(question.isEmpty ? 0 : 1)
        for _ in 0..<3 { append16(0) }
        bytes.append(contentsOf: question)
    }

    private mutating func append16(_ value: UInt16) {
        bytes.append(UInt8(value >> 8))
        bytes.append(UInt8(value & 0xFF))
    }

    private mutating func append32(_ value: UInt32) {
        append16(UInt16(value >> 16))
        append16(UInt16(value & 0xFFFF))
    }

    /// Appends a record unless the message would grow beyond `room`; false then.
    mutating func append(
        _ owned: OwnedDNSRecord,
        in section: Section,
        queryName: DNSName,
        timeToLive: UInt32,
        room: Int
    ) -> Bool {
        // The queried name always stands right behind the header: two bytes point there.
        let name: [UInt8] = owned.owner == queryName ? [0xC0, UInt8(Self.headerLength)] : owned.owner.wire
        let data = owned.record.data
        guard bytes.count + name.count + 10 + data.count <= room else { return false }
        bytes.append(contentsOf: name)
        append16(owned.record.type.rawValue)
        append16(1)
        append32(timeToLive)
        append16(UInt16(data.count))
        bytes.append(contentsOf: data)
        switch section {
        case .answer: answerCount += 1
        case .additional: additionalCount += 1
        }
        return true
    }

    /// Appends the zone's SOA with a negative lifetime as short as our positive ones.
    mutating func appendAuthority(_ zone: DNSName, room: Int) {
        let name = zone.wire
        let primary = DNSName(trusted: "ns.dns." + zone.text).wire
        let mailbox = DNSName(trusted: "hostmaster." + zone.text).wire
        let length = primary.count + mailbox.count + 20
        guard bytes.count + name.count + 10 + length <= room else { return }
        bytes.append(contentsOf: name)
        append16(DNSType.soa.rawValue)
        append16(1)
        append32(DNSResponse.timeToLiveSeconds)
        append16(UInt16(length))
        bytes.append(contentsOf: primary + mailbox)
        for number: UInt32 in [1, 7200, 1800, 86400, DNSResponse.timeToLiveSeconds] { append32(number) }
        authorityCount += 1
    }

    /// Appends our EDNS options: the datagram size, nothing else.
    mutating func appendOPT() {
        bytes.append(0)
        append16(DNSType.opt.rawValue)
        append16(UInt16(DNSQuery.maximumDatagram))
        append32(0)
        append16(0)
        additionalCount += 1
    }

    /// Sets TC: the client should ask again by TCP.
    mutating func setTruncated() { bytes[2] |= 0x02 }

    /// The whole message.
    var finished: [UInt8] {
        var message = bytes
        for (offset, count) in [(6, answerCount), (8, authorityCount), (10, additionalCount)] {
            message[offset] = UInt8(count >> 8)
            message[offset + 1] = UInt8(count & 0xFF)
        }
        return message
    }
}
