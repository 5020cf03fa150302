/// What travels in the sealed memory file of `launch` and `exec`.
struct LaunchOrder: Sendable, Hashable {
    var id: String
    /// For exec: the container to join; empty for a container's first process.
    var joined = ""
    /// How the container is made; nil for exec.
    var container: ContainerSetup?
    var process: ProcessSetup
    var cgroup = CgroupPlacement()
    var stdio: StdioPlan
    var usesInit = false
    var waitsForStart = false

    /// Largest order in bytes: arguments and environment alone may take 2 MiB (ARG_MAX).
    static let sizeLimit = 8 * 1024 * 1024
    private static let magic: UInt32 = 0x534b_4c31
}

extension LaunchOrder: BinaryCodable {
    func encode(to writer: inout BinaryWriter) {
        writer.put(Self.magic)
        writer.put(KeeperMessage.version)
        writer.put(id)
        writer.put(joined)
        writer.put(optional: container) { $0.put($1) }
        writer.put(process)
        writer.put(cgroup)
        writer.put(stdio)
        writer.put(usesInit)
        writer.put(waitsForStart)
    }

    init(from reader: inout BinaryReader) throws(KeeperError) {
        guard try reader.number(UInt32.self) == Self.magic, try reader.number() == KeeperMessage.version else {
            throw KeeperError(.versionMismatch, "launch plan was written by another version")
        }
        id = try reader.text()
        joined = try reader.text()
        container = try reader.optional { reader throws(KeeperError) in try ContainerSetup(from: &reader) }
        process = try reader.value()
        cgroup = try reader.value()
        stdio = try reader.value()
        usesInit = try reader.bool()
        waitsForStart = try reader.bool()
    }

    /// The order's bytes.
    func encoded() -> [UInt8] {
        var writer = BinaryWriter()
        encode(to: &writer)
        return writer.bytes
    }

    /// Reads an order from its bytes.
    static func decode(_ bytes: [UInt8]) throws(KeeperError) -> LaunchOrder {
        var reader = BinaryReader(bytes)
        let order = try LaunchOrder(from: &reader)
        guard reader.isAtEnd else { throw BinaryReader.malformed }
        return order
    }
}
