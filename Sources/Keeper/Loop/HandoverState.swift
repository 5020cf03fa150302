import SystemLinux

/// What a keeper leaves to the next program image in a memory file: records, descriptor numbers, unfinished lines.
/// Its form carries a version of its own; a newer build reads the form of the one before.
struct HandoverState {
    struct Process {
        var record: ChildRecord
        var isOwn: Bool
        var outOfMemoryBase: UInt64
        var exit: ExitRecord?
        var pidfd: Int32
        var terminal: Int32
        var input: Int32
        var output: Int32
        var errors: Int32
        var unfinished: [(LogStream, [UInt8])]
    }

    static let version: UInt16 = 1
    static let sizeLimit = 256 << 20

    var startedAt: Int64
    var listener: Int32
    var lock: Int32
    var connections: [Int32]
    var processes: [Process]

    init(keeper: Keeper) {
        startedAt = keeper.startedAt
        listener = keeper.listener.raw
        lock = keeper.lock.descriptor
        // Attached clients lose their connection and attach again; everything else stays.
        connections = keeper.connections.values.filter(\.isGreeted).map(\.socket.raw)
        processes = keeper.children.values.map { child in
            func number(_ stream: LogStream) -> Int32 {
                child.outputs.first { $0.stream == stream && $0.source.isOpen }?.source.raw ?? -1
            }
            let hasTerminal = child.terminal != nil
            return Process(
                record: child.currentRecord, isOwn: child.isOwn, outOfMemoryBase: child.outOfMemoryBase,
                exit: child.exit, pidfd: child.pidfd.raw, terminal: child.terminal?.raw ?? -1,
                input: hasTerminal ? -1 : child.input?.sink.raw ?? -1, output: hasTerminal ? -1 : number(.output),
                errors: hasTerminal ? -1 : number(.errors), unfinished: child.log?.unfinished ?? []
            )
        }
    }

    /// Every descriptor that must survive execve.
    var descriptors: [Int32] {
        ([listener, lock] + connections
            + processes.flatMap { [$0.pidfd, $0.terminal, $0.input, $0.output, $0.errors] }).filter { $0 >= 0 }
    }

    func encoded() -> [UInt8] {
        var writer = BinaryWriter()
        writer.put(Self.version)
        writer.put(startedAt)
        writer.put(listener)
        writer.put(lock)
        writer.put(list: connections) { $0.put($1) }
        writer.put(list: processes) { writer, process in
            writer.put(process.record)
            writer.put(process.isOwn)
            writer.put(process.outOfMemoryBase)
            writer.put(optional: process.exit) { $0.put($1) }
            for number in [process.pidfd, process.terminal, process.input, process.output, process.errors] {
                writer.put(number)
            }
            writer.put(list: process.unfinished) {
                $0.put($1.0.rawValue)
                $0.put($1.1)
            }
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws(KeeperError) -> HandoverState {
        var reader = BinaryReader(bytes)
        guard try reader.number() == version else {
            throw KeeperError(.versionMismatch, "handed-over state is of another version")
        }
        let state = try HandoverState(from: &reader)
        guard reader.isAtEnd else { throw BinaryReader.malformed }
        return state
    }

    private init(from reader: inout BinaryReader) throws(KeeperError) {
        startedAt = try reader.number()
        listener = try reader.number()
        lock = try reader.number()
        connections = try reader.list { reader throws(KeeperError) in try reader.number() }
        processes = try reader.list { reader throws(KeeperError) in
            Process(
                record: try reader.value(), isOwn: try reader.bool(), outOfMemoryBase: try reader.number(),
                exit: try reader.optional { reader throws(KeeperError) in try ExitRecord(from: &reader) },
                pidfd: try reader.number(), terminal: try reader.number(), input: try reader.number(),
                output: try reader.number(), errors: try reader.number(),
                unfinished: try reader.list { reader throws(KeeperError) in
                    guard let stream = LogStream(rawValue: try reader.number()) else { throw BinaryReader.malformed }
                    return (stream, try reader.blob())
                }
            )
        }
    }
}
