/// Answers of upstream servers, kept for as long as they say. A pure value over a clock that is given in.
struct DNSCache: Sendable {
    /// What identifies an answer.
    struct Key: Hashable, Sendable {
        let question: DNSQuestion
        let wantsDNSSEC: Bool
    }

    /// How many answers are kept; the oldest half goes when there are more.
    static let capacity = 4096
    /// The longest time an answer is kept, in seconds.
    static let maximumSeconds: UInt32 = 300
    /// How long an answer without any record is kept, in seconds.
    static let negativeSeconds: UInt32 = 10

    private struct Entry: Sendable {
        let message: [UInt8]
        let stored: Duration
        let expires: Duration
    }

    private var entries: [Key: Entry] = [:]

    var count: Int { entries.count }

    /// The stored answer with its times to live counted down to `now`, or nil. The id is the stored one.
    mutating func answer(for key: Key, now: Duration) -> [UInt8]? {
        guard let entry = entries[key] else { return nil }
        guard entry.expires > now else {
            entries[key] = nil
            return nil
        }
        let age = UInt32(clamping: (now - entry.stored).components.seconds)
        return Self.aged(entry.message, by: age)
    }

    /// Keeps `message`, a complete answer from upstream. Failures and truncated answers are not kept.
    mutating func store(_ message: [UInt8], for key: Key, now: Duration) {
        guard let seconds = Self.lifetime(of: message), seconds > 0 else { return }
        if entries.count >= Self.capacity { evict(now: now) }
        entries[key] = Entry(message: message, stored: now, expires: now + .seconds(Int64(seconds)))
    }

    private mutating func evict(now: Duration) {
        entries = entries.filter { $0.value.expires > now }
        guard entries.count >= Self.capacity else { return }
        let oldest = entries.sorted { $0.value.stored < $1.value.stored }.prefix(Self.capacity / 2)
        for (key, _) in oldest { entries[key] = nil }
    }

    private static func lifetime(of message: [UInt8]) -> UInt32? {
        guard message.count >= 12, message[2] & 0x02 == 0 else { return nil }
        guard message[3] & 0x0F == 0 || message[3] & 0x0F == DNSResponseCode.nameError.rawValue else { return nil }
        let times = timeToLiveFields(message)
        guard let times else { return nil }
        guard let least = times.map(\.value).min() else { return negativeSeconds }
        let answers = UInt16(message[6]) << 8 | UInt16(message[7])
        return min(least, answers == 0 ? negativeSeconds : maximumSeconds)
    }

    private static func aged(_ message: [UInt8], by seconds: UInt32) -> [UInt8]? {
        guard let fields = timeToLiveFields(message) else { return nil }
        var aged = message
        for field in fields {
            let left = field.value > seconds ? field.value - seconds : 0
            for index in 0..<4 { aged[field.offset + index] = UInt8(left >> (24 - 8 * UInt32(index)) & 0xFF) }
        }
        return aged
    }

    /// Where the times to live stand in a message, OPT's flags excepted; nil when it is malformed.
    private static func timeToLiveFields(_ message: [UInt8]) -> [(offset: Int, value: UInt32)]? {
        var reader = DNSReader(message, at: 4)
        guard let questions = reader.uint16(), let answers = reader.uint16(), let authorities = reader.uint16(),
            let additionals = reader.uint16()
        else { return nil }
        for _ in 0..<questions {
            guard reader.name() != nil, reader.uint32() != nil else { return nil }
        }
        var fields: [(offset: Int, value: UInt32)] = []
        for _ in 0..<(Int(answers) + Int(authorities) + Int(additionals)) {
            guard let record = reader.record() else { return nil }
            if record.type != .opt { fields.append((record.timeToLiveOffset, record.timeToLive)) }
        }
        return fields
    }
}
