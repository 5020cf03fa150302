/// The type of a record (RFC 1035 §3.2.2, RFC 2782, RFC 3596).
public struct DNSType: Hashable, Sendable, RawRepresentable {
    /// The number on the wire.
    public let rawValue: UInt16

    /// The type of this number.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// IPv4 address.
    public static let a = DNSType(rawValue: 1)
    /// Alias.
    public static let cname = DNSType(rawValue: 5)
    /// Start of authority.
    public static let soa = DNSType(rawValue: 6)
    /// Name of an address.
    public static let ptr = DNSType(rawValue: 12)
    /// Text.
    public static let txt = DNSType(rawValue: 16)
    /// IPv6 address.
    public static let aaaa = DNSType(rawValue: 28)
    /// Host and port of a service.
    public static let srv = DNSType(rawValue: 33)
    /// EDNS options (RFC 6891).
    public static let opt = DNSType(rawValue: 41)
    /// Whatever there is.
    public static let any = DNSType(rawValue: 255)
}

/// A response code (RFC 1035 §4.1.1).
public enum DNSResponseCode: UInt8, Sendable, Hashable {
    /// Fine, perhaps without records of the type.
    case success = 0
    /// The query is malformed.
    case formatError = 1
    /// No answer can be had now.
    case serverFailure = 2
    /// There is no such name.
    case nameError = 3
    /// This kind of query is not served.
    case notImplemented = 4
    /// The client is not served.
    case refused = 5
}

/// One question of a client.
public struct DNSQuestion: Hashable, Sendable {
    /// The name asked for.
    public let name: DNSName
    /// The type asked for.
    public let type: DNSType

    /// A question of class IN.
    public init(name: DNSName, type: DNSType) {
        self.name = name
        self.type = type
    }
}

/// A decoded query: header, one question, EDNS.
public struct DNSQuery: Sendable {
    /// The longest message accepted over UDP or TCP, in bytes.
    static let maximumLength = 4096
    /// The largest UDP answer ever sent: no fragments on any usual link (DNS flag day 2020).
    static let maximumDatagram = 1232
    /// The largest UDP answer to a client that says nothing (RFC 1035 §4.2.1).
    static let classicDatagram = 512

    /// The client's transaction number.
    public let id: UInt16
    /// Whether the client wants recursion.
    public let recursionDesired: Bool
    /// The question.
    public let question: DNSQuestion
    /// The bytes of the question section as the client wrote them, for the echo.
    let questionBytes: [UInt8]
    /// The UDP size the client takes, when it spoke EDNS.
    public let datagramLimit: Int?
    /// Whether the client wants DNSSEC records.
    public let wantsDNSSEC: Bool

    /// A question before it is known to be acceptable: what can still be answered with an error.
    struct Refusal: Error {
        let id: UInt16
        let code: DNSResponseCode
        let recursionDesired: Bool
    }

    /// Reads a query. Throws `Refusal` for one that deserves an answer with an error code; nil when the bytes deserve
    /// none (shorter than a header, or a response: answering those makes loops).
    static func parse(_ bytes: [UInt8]) throws(Refusal) -> DNSQuery? {
        var reader = DNSReader(bytes)
        guard bytes.count <= maximumLength, let id = reader.uint16(), let flags = reader.uint16(),
            let questions = reader.uint16(), let answers = reader.uint16(), let authorities = reader.uint16(),
            let additionals = reader.uint16(), flags & 0x8000 == 0
        else { return nil }
        let recursion = flags & 0x0100 != 0
        func refuse(_ code: DNSResponseCode) -> Refusal {
            Refusal(id: id, code: code, recursionDesired: recursion)
        }
        guard flags & 0x7800 == 0 else { throw refuse(.notImplemented) }
        guard questions == 1, answers == 0, authorities == 0, additionals <= 8 else { throw refuse(.formatError) }
        let start = reader.offset
        guard let name = reader.name(), let type = reader.uint16(), let `class` = reader.uint16() else {
            throw refuse(.formatError)
        }
        let echo = Array(bytes[start..<reader.offset])
        guard `class` == 1 else { throw refuse(.refused) }
        var limit: Int?
        var dnssec = false
        for _ in 0..<additionals {
            guard let record = reader.record() else { throw refuse(.formatError) }
            guard record.type == .opt else { continue }
            guard limit == nil else { throw refuse(.formatError) }
            limit = max(classicDatagram, Int(record.class))
            dnssec = record.timeToLive & 0x8000 != 0
        }
        return DNSQuery(
            id: id, recursionDesired: recursion, question: DNSQuestion(name: name, type: DNSType(rawValue: type)),
            questionBytes: echo, datagramLimit: limit, wantsDNSSEC: dnssec
        )
    }

    /// The largest answer in bytes that may go to this client by UDP.
    var answerLimit: Int { min(datagramLimit ?? Self.classicDatagram, Self.maximumDatagram) }
}
