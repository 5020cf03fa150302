/// Reads a DNS message from the left; every read checks the end and returns nil behind it.
struct DNSReader {
    /// How many compression pointers one name may follow; real names need one or two.
    static let pointerLimit = 16

    /// The head of a resource record; its data lies in `data`.
    struct Record {
        let name: DNSName
        let type: DNSType
        let `class`: UInt16
        let timeToLive: UInt32
        let timeToLiveOffset: Int
        let data: Range<Int>
    }

    let bytes: [UInt8]
    private(set) var offset: Int

    init(_ bytes: [UInt8], at offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    mutating func uint8() -> UInt8? {
        guard offset < bytes.count else { return nil }
        offset += 1
        return bytes[offset - 1]
    }

    mutating func uint16() -> UInt16? {
        guard bytes.count - offset >= 2 else { return nil }
        offset += 2
        return UInt16(bytes[offset - 2]) << 8 | UInt16(bytes[offset - 1])
    }

    mutating func uint32() -> UInt32? {
        guard let high = uint16(), let low = uint16() else { return nil }
        return UInt32(high) << 16 | UInt32(low)
    }

    /// A name, following compression pointers (RFC 1035 §4.1.4). A pointer must point before the name it stands in,
    /// so a loop cannot be made; their number is bounded as well, so a long chain costs nothing.
    mutating func name() -> DNSName? {
        var text: [UInt8] = []
        var position = offset
        var end: Int?
        var earliest = offset
        var pointers = 0
        while true {
            guard position < bytes.count else { return nil }
            let length = bytes[position]
            switch length >> 6 {
            case 0b00:
                if length == 0 {
                    offset = end ?? position + 1
                    // Host and service names are ASCII; bytes that are not even UTF-8 are refused.
                    return String(validating: text, as: UTF8.self).map(DNSName.init(trusted:))
                }
                let label = position + 1..<position + 1 + Int(length)
                guard label.upperBound <= bytes.count, text.count + label.count + 1 < DNSName.maximumWireLength - 1
                else { return nil }
                if !text.isEmpty { text.append(UInt8(ascii: ".")) }
                // A full stop inside a label would change the meaning of the dotted form.
                guard !bytes[label].contains(UInt8(ascii: ".")) else { return nil }
                text.append(contentsOf: bytes[label].lazy.map { (65...90).contains($0) ? $0 + 32 : $0 })
                position = label.upperBound
            case 0b11:
                guard position + 1 < bytes.count else { return nil }
                let target = Int(length & 0x3F) << 8 | Int(bytes[position + 1])
                pointers += 1
                guard target < earliest, pointers <= Self.pointerLimit else { return nil }
                if end == nil { end = position + 2 }
                earliest = target
                position = target
            default: return nil
            }
        }
    }

    /// A whole resource record, its data skipped.
    mutating func record() -> Record? {
        guard let name = name(), let type = uint16(), let `class` = uint16() else { return nil }
        let timeToLiveOffset = offset
        guard let timeToLive = uint32(), let length = uint16(), bytes.count - offset >= Int(length) else { return nil }
        let data = offset..<offset + Int(length)
        offset = data.upperBound
        return Record(
            name: name, type: DNSType(rawValue: type), class: `class`, timeToLive: timeToLive,
            timeToLiveOffset: timeToLiveOffset, data: data
        )
    }
}
