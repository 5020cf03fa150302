extension CgroupPlacement: BinaryCodable {
    func encode(to writer: inout BinaryWriter) {
        writer.put(optional: unified) { $0.put($1) }
        // Sorted, so that the same placement always has the same form.
        writer.put(list: legacy.sorted { $0.key < $1.key }) {
            $0.put($1.key)
            $0.put($1.value)
        }
    }

    init(from reader: inout BinaryReader) throws(KeeperError) {
        let unified = try reader.optional { reader throws(KeeperError) in try reader.text() }
        let pairs = try reader.list { reader throws(KeeperError) in (try reader.text(), try reader.text()) }
        self.init(unified: unified, legacy: Dictionary(pairs) { first, _ in first })
    }
}

extension LogPlan: BinaryCodable {
    func encode(to writer: inout BinaryWriter) {
        writer.put(path)
        writer.put(maxSizeBytes)
        writer.put(Int32(clamping: maxFiles))
    }

    init(from reader: inout BinaryReader) throws(KeeperError) {
        let path = try reader.text()
        let size: Int64 = try reader.number()
        self.init(path: path, maxSizeBytes: size, maxFiles: Int(try reader.number(Int32.self)))
    }
}

extension StdioPlan: BinaryCodable {
    func encode(to writer: inout BinaryWriter) {
        switch kind {
        case .null: writer.put(UInt8(0))
        case .relay: writer.put(UInt8(1))
        case .terminal(let rows, let columns):
            writer.put(UInt8(2))
            writer.put(rows)
            writer.put(columns)
        case .descriptors: writer.put(UInt8(3))
        }
        writer.put(optional: log) { $0.put($1) }
        writer.put(opensInput)
        writer.put(closesInputOnce)
    }

    init(from reader: inout BinaryReader) throws(KeeperError) {
        let kind: Kind
        switch try reader.number(UInt8.self) {
        case 0: kind = .null
        case 1: kind = .relay
        case 2: kind = .terminal(rows: try reader.number(), columns: try reader.number())
        case 3: kind = .descriptors
        default: throw BinaryReader.malformed
        }
        let log = try reader.optional { reader throws(KeeperError) in try LogPlan(from: &reader) }
        self.init(kind, log: log, opensInput: try reader.bool(), closesInputOnce: try reader.bool())
    }
}

extension ChildRecord: BinaryCodable {
    func encode(to writer: inout BinaryWriter) {
        writer.put(id)
        writer.put(container)
        writer.put(state.rawValue)
        writer.put(pid)
        writer.put(startTicks)
        writer.put(startedAt)
        writer.put(optional: log) { $0.put($1) }
        writer.put(hasTerminal)
        writer.put(inputOpen)
        writer.put(closesInputOnce)
        writer.put(cgroup)
        writer.put(droppedLogBytes)
    }

    init(from reader: inout BinaryReader) throws(KeeperError) {
        let (id, container) = (try reader.text(), try reader.text())
        guard let state = State(rawValue: try reader.number()) else { throw BinaryReader.malformed }
        self.init(
            id: id, container: container, state: state, pid: try reader.number(), startTicks: try reader.number(),
            startedAt: try reader.number(),
            log: try reader.optional { reader throws(KeeperError) in try LogPlan(from: &reader) },
            hasTerminal: try reader.bool(), inputOpen: try reader.bool(), closesInputOnce: try reader.bool(),
            cgroup: try reader.value(), droppedLogBytes: try reader.number()
        )
    }
}

extension ExitRecord: BinaryCodable {
    func encode(to writer: inout BinaryWriter) {
        writer.put(id)
        writer.put(container)
        writer.put(pid)
        writer.put(code)
        writer.put(reason.rawValue)
        writer.put(outOfMemory)
        writer.put(startedAt)
        writer.put(finishedAt)
    }

    init(from reader: inout BinaryReader) throws(KeeperError) {
        let (id, container) = (try reader.text(), try reader.text())
        let (pid, code): (Int32, Int32) = (try reader.number(), try reader.number())
        guard let reason = Reason(rawValue: try reader.text()) else { throw BinaryReader.malformed }
        self.init(
            id: id, container: container, pid: pid, code: code, reason: reason, outOfMemory: try reader.bool(),
            startedAt: try reader.number(), finishedAt: try reader.number()
        )
    }
}
