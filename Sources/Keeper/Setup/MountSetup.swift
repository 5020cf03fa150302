/// One mount of a container, its options sorted into what the mount API takes where.
struct MountSetup: Sendable, Hashable {
    /// What is mounted.
    enum Kind: Sendable, Hashable {
        /// A place of the host; with everything mounted below it when recursive.
        case bind(recursive: Bool)
        /// A new instance of a file system.
        case filesystem(String)
        /// The container's view of its control groups.
        case cgroup
    }

    var destination: String
    var kind: Kind
    var source = ""
    /// MOUNT_ATTR_* bits of this mount, and of the ones below it for the recursive ones.
    var set: UInt64 = 0
    var clear: UInt64 = 0
    var recursiveSet: UInt64 = 0
    var recursiveClear: UInt64 = 0
    /// MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE or 0; with MS_REC for all below.
    var propagation: UInt64 = 0
    /// File system parameters in order; an empty value is a flag.
    var parameters: [Parameter] = []
    /// Whether an empty source takes over what the image has at the destination.
    var copiesUp = false

    struct Parameter: Sendable, Hashable {
        var key: String
        var value: String
    }
}

/// A range of ids inside a user namespace and where it lies outside.
struct IDRange: Sendable, Hashable {
    var inside: UInt32
    var outside: UInt32
    var count: UInt32
}

extension IDRange: BinaryCodable {
    func encode(to writer: inout BinaryWriter) {
        writer.put(inside)
        writer.put(outside)
        writer.put(count)
    }

    init(from reader: inout BinaryReader) throws(KeeperError) {
        self.init(inside: try reader.number(), outside: try reader.number(), count: try reader.number())
    }
}

extension MountSetup: BinaryCodable {
    func encode(to writer: inout BinaryWriter) {
        writer.put(destination)
        switch kind {
        case .bind(let recursive): writer.put(UInt8(recursive ? 1 : 0))
        case .filesystem(let type):
            writer.put(UInt8(2))
            writer.put(type)
        case .cgroup: writer.put(UInt8(3))
        }
        writer.put(source)
        for bits in [set, clear, recursiveSet, recursiveClear, propagation] { writer.put(bits) }
        writer.put(list: parameters) {
            $0.put($1.key)
            $0.put($1.value)
        }
        writer.put(copiesUp)
    }

    init(from reader: inout BinaryReader) throws(KeeperError) {
        destination = try reader.text()
        switch try reader.number(UInt8.self) {
        case 0: kind = .bind(recursive: false)
        case 1: kind = .bind(recursive: true)
        case 2: kind = .filesystem(try reader.text())
        case 3: kind = .cgroup
        default: throw BinaryReader.malformed
        }
        source = try reader.text()
        set = try reader.number()
        clear = try reader.number()
        recursiveSet = try reader.number()
        recursiveClear = try reader.number()
        propagation = try reader.number()
        parameters = try reader.list { reader throws(KeeperError) in
            Parameter(key: try reader.text(), value: try reader.text())
        }
        copiesUp = try reader.bool()
    }
}
