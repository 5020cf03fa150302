extension KeeperMessage {
    /// The datagram: kind, request number, fields.
    public func encoded(request: UInt64) -> [UInt8] {
        var writer = BinaryWriter()
        writer.put(kind.rawValue)
        writer.put(request)
        encodeFields(to: &writer)
        return writer.bytes
    }

    /// Reads a datagram.
    public static func decode(_ bytes: [UInt8]) throws(KeeperError) -> (request: UInt64, message: KeeperMessage) {
        var reader = BinaryReader(bytes)
        guard let kind = Kind(rawValue: try reader.number()) else {
            throw KeeperError(.protocolViolation, "message of unknown kind")
        }
        let request: UInt64 = try reader.number()
        let message = try decode(kind, &reader)
        guard reader.isAtEnd else { throw BinaryReader.malformed }
        return (request, message)
    }

    private enum Kind: UInt8 {
        case hello = 1
        case launch, exec, start, signal, resize, attach, closeInput, list, acknowledge, adopt, upgrade, stop
        case welcome = 65
        case started, attached, child, done, failed
        case exited = 129
        case attachDropped, inputClosed
    }

    private var kind: Kind {
        switch self {
        case .hello: .hello
        case .launch: .launch
        case .exec: .exec
        case .start: .start
        case .signal: .signal
        case .resize: .resize
        case .attach: .attach
        case .closeInput: .closeInput
        case .list: .list
        case .acknowledge: .acknowledge
        case .adopt: .adopt
        case .upgrade: .upgrade
        case .stop: .stop
        case .welcome: .welcome
        case .started: .started
        case .attached: .attached
        case .child: .child
        case .done: .done
        case .failed: .failed
        case .exited: .exited
        case .attachDropped: .attachDropped
        case .inputClosed: .inputClosed
        }
    }

    private func encodeFields(to writer: inout BinaryWriter) {
        switch self {
        case .hello(let version): writer.put(version)
        case .launch(let id), .exec(let id), .start(let id), .closeInput(let id), .acknowledge(let id),
            .attachDropped(let id), .inputClosed(let id):
            writer.put(id)
        case .signal(let id, let number):
            writer.put(id)
            writer.put(number)
        case .resize(let id, let rows, let columns):
            writer.put(id)
            writer.put(rows)
            writer.put(columns)
        case .attach(let id, let input, let output, let lossless):
            writer.put(id)
            writer.put(input)
            writer.put(output)
            writer.put(lossless)
        case .list, .upgrade, .done: break
        case .stop(let force): writer.put(force)
        case .welcome(let version, let pid, let startedAt):
            writer.put(version)
            writer.put(pid)
            writer.put(startedAt)
        case .started(let record, let roles), .child(let record, let roles), .adopt(let record, let roles):
            writer.put(record)
            Self.put(roles, to: &writer)
        case .attached(let roles): Self.put(roles, to: &writer)
        case .failed(let code, let message, let step, let errno):
            writer.put(code)
            // A long text (an image's own path, say) must not outgrow a datagram.
            writer.put(String(message.prefix(4096)))
            writer.put(step)
            writer.put(errno)
        case .exited(let record): writer.put(record)
        }
    }

    private static func decode(_ kind: Kind, _ reader: inout BinaryReader) throws(KeeperError) -> KeeperMessage {
        switch kind {
        case .hello: .hello(version: try reader.number())
        case .launch: .launch(id: try reader.text())
        case .exec: .exec(id: try reader.text())
        case .start: .start(id: try reader.text())
        case .signal: .signal(id: try reader.text(), number: try reader.number())
        case .resize: .resize(id: try reader.text(), rows: try reader.number(), columns: try reader.number())
        case .attach:
            .attach(
                id: try reader.text(), input: try reader.bool(), output: try reader.bool(), lossless: try reader.bool()
            )
        case .closeInput: .closeInput(id: try reader.text())
        case .list: .list
        case .acknowledge: .acknowledge(id: try reader.text())
        case .adopt: .adopt(record: try reader.value(), roles: try roles(&reader))
        case .upgrade: .upgrade
        case .stop: .stop(force: try reader.bool())
        case .welcome:
            .welcome(version: try reader.number(), pid: try reader.number(), startedAt: try reader.number())
        case .started: .started(record: try reader.value(), roles: try roles(&reader))
        case .attached: .attached(roles: try roles(&reader))
        case .child: .child(record: try reader.value(), roles: try roles(&reader))
        case .done: .done
        case .failed:
            .failed(
                code: try reader.text(), message: try reader.text(), step: try reader.text(),
                errno: try reader.number()
            )
        case .exited: .exited(try reader.value())
        case .attachDropped: .attachDropped(id: try reader.text())
        case .inputClosed: .inputClosed(id: try reader.text())
        }
    }

    private static func put(_ roles: [DescriptorRole], to writer: inout BinaryWriter) {
        writer.put(list: roles) { $0.put($1.rawValue) }
    }

    private static func roles(_ reader: inout BinaryReader) throws(KeeperError) -> [DescriptorRole] {
        try reader.list { reader throws(KeeperError) in
            guard let role = DescriptorRole(rawValue: try reader.number()) else { throw BinaryReader.malformed }
            return role
        }
    }
}
