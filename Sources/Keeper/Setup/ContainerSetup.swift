import SystemLinux

/// What is set up around a container's first process.
struct ContainerSetup: Sendable, Hashable {
    /// A device node.
    struct Device: Sendable, Hashable {
        static let characterType: UInt32 = 0o020000
        static let blockType: UInt32 = 0o060000
        static let fifoType: UInt32 = 0o010000

        var path: String
        /// One of the types above.
        var type: UInt32
        var major: UInt32
        var minor: UInt32
        var mode: UInt32
        var userID: UInt32
        var groupID: UInt32
    }

    /// A namespace to join instead of making one.
    struct Join: Sendable, Hashable {
        var flag: UInt64
        /// A namespace file, or `container:ID` for a process of this keeper.
        var path: String
    }

    /// CLONE_NEW* of the namespaces to make.
    var newNamespaces: UInt64 = 0
    var joins: [Join] = []
    var userMappings: [IDRange] = []
    var groupMappings: [IDRange] = []
    var root = LaunchRoot.directory("/")
    var rootReadOnly = false
    /// Propagation of the container's root, as MS_* bits.
    var rootPropagation: UInt64 = 0
    var mounts: [MountSetup] = []
    var devices: [Device] = []
    var maskedPaths: [String] = []
    var readOnlyPaths: [String] = []
    /// Names with slashes below `/proc/sys`, and values.
    var sysctls: [MountSetup.Parameter] = []
    var hostname = ""
    var domainname = ""

    func makes(_ kind: Namespaces.Kind) -> Bool { newNamespaces & kind.flag != 0 }
}

extension LaunchRoot: BinaryCodable {
    func encode(to writer: inout BinaryWriter) {
        switch self {
        case .overlay(let lower, let upper, let work):
            writer.put(UInt8(1))
            writer.put(list: lower) { $0.put($1) }
            writer.put(upper)
            writer.put(work)
        case .directory(let path):
            writer.put(UInt8(2))
            writer.put(path)
        }
    }

    init(from reader: inout BinaryReader) throws(KeeperError) {
        switch try reader.number(UInt8.self) {
        case 1:
            let lower = try reader.list { reader throws(KeeperError) in try reader.text() }
            self = .overlay(lower: lower, upper: try reader.text(), work: try reader.text())
        case 2: self = .directory(try reader.text())
        default: throw BinaryReader.malformed
        }
    }
}

extension ContainerSetup: BinaryCodable {
    func encode(to writer: inout BinaryWriter) {
        writer.put(newNamespaces)
        writer.put(list: joins) {
            $0.put($1.flag)
            $0.put($1.path)
        }
        writer.put(list: userMappings)
        writer.put(list: groupMappings)
        writer.put(root)
        writer.put(rootReadOnly)
        writer.put(rootPropagation)
        writer.put(list: mounts)
        writer.put(list: devices) { writer, device in
            writer.put(device.path)
            for number in [
                device.type, device.major, device.minor, device.mode, device.userID, device.groupID,
            ] { writer.put(number) }
        }
        writer.put(list: maskedPaths) { $0.put($1) }
        writer.put(list: readOnlyPaths) { $0.put($1) }
        writer.put(list: sysctls) {
            $0.put($1.key)
            $0.put($1.value)
        }
        writer.put(hostname)
        writer.put(domainname)
    }

    init(from reader: inout BinaryReader) throws(KeeperError) {
        newNamespaces = try reader.number()
        joins = try reader.list { reader throws(KeeperError) in
            Join(flag: try reader.number(), path: try reader.text())
        }
        userMappings = try reader.list()
        groupMappings = try reader.list()
        root = try reader.value()
        rootReadOnly = try reader.bool()
        rootPropagation = try reader.number()
        mounts = try reader.list()
        devices = try reader.list { reader throws(KeeperError) in
            Device(
                path: try reader.text(), type: try reader.number(), major: try reader.number(),
                minor: try reader.number(), mode: try reader.number(), userID: try reader.number(),
                groupID: try reader.number()
            )
        }
        maskedPaths = try reader.list { reader throws(KeeperError) in try reader.text() }
        readOnlyPaths = try reader.list { reader throws(KeeperError) in try reader.text() }
        sysctls = try reader.list { reader throws(KeeperError) in
            MountSetup.Parameter(key: try reader.text(), value: try reader.text())
        }
        hostname = try reader.text()
        domainname = try reader.text()
    }
}
