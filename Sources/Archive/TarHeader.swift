import SystemLinux

/// One 512-byte ustar header, and the pax records for what does not fit into it.
struct TarHeader {
    private(set) var block = [UInt8](repeating: 0, count: 512)
    private var records: [(key: String, value: [UInt8])] = []

    private enum Field {
        static let name = 0..<100
        static let mode = 100..<108
        static let userID = 108..<116
        static let groupID = 116..<124
        static let size = 124..<136
        static let modified = 136..<148
        static let checksum = 148..<156
        static let type = 156
        static let linkName = 157..<257
        static let magic = 257..<265
        static let major = 329..<337
        static let minor = 337..<345
        static let prefix = 345..<500
    }

    /// The header of an entry.
    init(_ entry: TarEntry) {
        var path = entry.path.bytes
        if entry.kind == .directory, path.last != UInt8(ascii: "/") { path.append(UInt8(ascii: "/")) }
        setPath(path)
        setNumber(UInt64(entry.mode & 0o7777), Field.mode, nil)
        setNumber(UInt64(entry.userID), Field.userID, "uid")
        setNumber(UInt64(entry.groupID), Field.groupID, "gid")
        setTime(entry.modifiedNanoseconds)
        setKind(entry.kind)
        for attribute in entry.attributes { records.append(("SCHILY.xattr.\(attribute.name)", attribute.value)) }
        seal()
    }

    /// The header in front of pax records.
    static func pax(for path: FileName, sizeBytes: Int64) -> TarHeader {
        var header = TarHeader(paxOf: path)
        header.setNumber(UInt64(sizeBytes), Field.size, nil)
        header.seal()
        return header
    }

    private init(paxOf path: FileName) {
        let base = path.bytes.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? []
        set(Array("PaxHeaders.0/".utf8) + base.prefix(80), Field.name)
        setNumber(0o644, Field.mode, nil)
        setNumber(0, Field.userID, nil)
        setNumber(0, Field.groupID, nil)
        setNumber(0, Field.modified, nil)
        block[Field.type] = UInt8(ascii: "x")
    }

    /// The pax records in their order, as bytes: `LENGTH KEY=VALUE\n`, the length counting itself.
    mutating func takePaxRecords() -> [UInt8] {
        defer { records = [] }
        var bytes: [UInt8] = []
        for record in records {
            // " " + key + "=" + value + "\n"
            let body = record.key.utf8.count + record.value.count + 3
            var length = body + String(body).utf8.count
            if String(length).utf8.count != String(body).utf8.count { length = body + String(length).utf8.count }
            bytes += Array("\(length) \(record.key)=".utf8) + record.value + [UInt8(ascii: "\n")]
        }
        return bytes
    }

    private mutating func setPath(_ path: [UInt8]) {
        if path.count <= Field.name.count { return set(path, Field.name) }
        // ustar splits at a slash: up to 155 bytes before it, up to 100 after it.
        let slash = path.indices.first { index in
            path[index] == UInt8(ascii: "/") && index > 0 && index <= Field.prefix.count
                && path.count - index - 1 <= Field.name.count && path.count - index - 1 > 0
        }
        if let slash {
            set(path[..<slash], Field.prefix)
            set(path[(slash + 1)...], Field.name)
        } else {
            records.append(("path", path))
            set(path.prefix(Field.name.count), Field.name)
        }
    }

    private mutating func setKind(_ kind: TarEntry.Kind) {
        var size: Int64 = 0
        let type: Character
        switch kind {
        case .file(let bytes): (type, size) = ("0", bytes)
        case .hardLink(let target): (type, _) = ("1", setLink(target))
        case .symbolicLink(let target): (type, _) = ("2", setLink(target))
        case .characterDevice(let major, let minor): (type, _) = ("3", setDevice(major, minor))
        case .blockDevice(let major, let minor): (type, _) = ("4", setDevice(major, minor))
        case .directory: type = "5"
        case .fifo: type = "6"
        }
        block[Field.type] = type.asciiValue ?? 0
        setNumber(UInt64(size), Field.size, "size")
    }

    private mutating func setLink(_ target: FileName) {
        if target.bytes.count > Field.linkName.count { records.append(("linkpath", target.bytes)) }
        set(target.bytes.prefix(Field.linkName.count), Field.linkName)
    }

    private mutating func setDevice(_ major: UInt32, _ minor: UInt32) {
        setNumber(UInt64(major), Field.major, "SCHILY.devmajor")
        setNumber(UInt64(minor), Field.minor, "SCHILY.devminor")
    }

    /// Whole seconds: layers of all builders have them, and a second is what Python's caches compare.
    private mutating func setTime(_ nanoseconds: Int64) {
        let seconds = nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : (nanoseconds - 999_999_999) / 1_000_000_000
        if seconds < 0 { records.append(("mtime", Array(String(seconds).utf8))) }
        setNumber(UInt64(max(0, seconds)), Field.modified, "mtime")
    }

    /// Octal with a trailing zero byte; what is too large goes into a pax record and leaves zero here.
    private mutating func setNumber(_ value: UInt64, _ field: Range<Int>, _ key: String?) {
        var digits = Array(String(value, radix: 8).utf8)
        if digits.count > field.count - 1 {
            if let key { records.append((key, Array(String(value).utf8))) }
            digits = [UInt8(ascii: "0")]
        }
        set([UInt8](repeating: UInt8(ascii: "0"), count: field.count - 1 - digits.count) + digits, field)
    }

    private mutating func set(_ bytes: some Collection<UInt8>, _ field: Range<Int>) {
        for (offset, byte) in bytes.prefix(field.count).enumerated() { block[field.lowerBound + offset] = byte }
    }

    private mutating func seal() {
        set(Array("ustar\u{0}00".utf8), Field.magic)
        if block[Field.major.lowerBound] == 0 {
            setNumber(0, Field.major, nil)
            setNumber(0, Field.minor, nil)
        }
        set([UInt8](repeating: UInt8(ascii: " "), count: 8), Field.checksum)
        let sum = block.reduce(0) { $0 + Int($1) }
        let digits = Array(String(sum, radix: 8).utf8)
        let padded = [UInt8](repeating: UInt8(ascii: "0"), count: 6 - digits.count) + digits
        set(padded + [0, UInt8(ascii: " ")], Field.checksum)
    }
}
