import CLinux
import Glibc
import SystemLinux

extension Keeper {
    /// Carries out one datagram of a client.
    func handle(_ datagram: UnixSocket.Message, from connection: ClientConnection) {
        let request: UInt64
        let message: KeeperMessage
        do {
            (request, message) = try KeeperMessage.decode(datagram.bytes)
        } catch {
            KeeperJournal.note("connection \(connection.number) sent what cannot be understood: \(error)")
            return disconnect(connection)
        }
        do {
            try answer(message, request, datagram.descriptors, connection)
        } catch {
            connection.send(Self.failure(error), request: request)
        }
    }

    static func failure(_ error: KeeperError) -> KeeperMessage {
        .failed(
            code: error.code.description, message: error.message, step: error.step ?? "",
            errno: error.errno?.rawValue ?? 0
        )
    }

    private func answer(
        _ message: KeeperMessage, _ request: UInt64, _ descriptors: [OwnedFD], _ connection: ClientConnection
    ) throws(KeeperError) {
        switch message {
        case .hello:
            // Whatever the other version is: the client decides what to do about it.
            connection.isGreeted = true
            connection.send(
                .welcome(version: KeeperMessage.version, pid: getpid(), startedAt: startedAt), request: request
            )
        case .launch(let id), .exec(let id):
            try launch(id, descriptors, connection, request)
        case .start(let id): try start(id, connection, request)
        case .signal(let id, let number):
            try signal(id, number)
            connection.send(.done, request: request)
        case .resize(let id, let rows, let columns):
            try resize(id, rows, columns)
            connection.send(.done, request: request)
        case .attach(let id, let input, let output, let lossless):
            let ends = try attach(id, input: input, output: output, lossless: lossless)
            connection.send(.attached(roles: ends.roles), request: request, descriptors: ends.descriptors)
        case .closeInput(let id):
            try child(id).input?.finish()
            connection.send(.done, request: request)
        case .list: list(connection, request)
        case .acknowledge(let id):
            acknowledge(id)
            connection.send(.done, request: request)
        case .adopt(let record, let roles):
            try adopt(record, roles, descriptors)
            connection.send(.done, request: request)
        case .upgrade: try upgrade(descriptors, connection, request)
        case .stop(let force): try stop(force: force, connection, request)
        default: throw KeeperError(.protocolViolation, "not a request: \(message)")
        }
    }

    func child(_ id: String) throws(KeeperError) -> Child {
        guard let child = children[id] else { throw KeeperError(.unknownProcess, "no process \(id)") }
        return child
    }

    private func running(_ id: String) throws(KeeperError) -> Child {
        let child = try child(id)
        guard child.record.state != .exited else { throw KeeperError(.notRunning, "process \(id) has ended") }
        return child
    }

    private func signal(_ id: String, _ number: Int32) throws(KeeperError) {
        let child = try running(id)
        switch outcome(skiff_pidfd_send_signal(child.pidfd.raw, number)) {
        case .success: return
        case .failure(.noProcess): throw KeeperError(.notRunning, "process \(id) has ended")
        case .failure(let errno):
            throw KeeperError(.system, "signal \(number) to process \(id): \(errno)", errno: errno)
        }
    }

    private func resize(_ id: String, _ rows: UInt16, _ columns: UInt16) throws(KeeperError) {
        guard let terminal = try running(id).terminal else {
            throw KeeperError(.unsupported, "process \(id) has no terminal")
        }
        if case .failure(let errno) = outcome(skiff_pty_resize(terminal.raw, rows, columns)) {
            throw KeeperError(.system, "resize terminal of process \(id): \(errno)", errno: errno)
        }
    }

    private func list(_ connection: ClientConnection, _ request: UInt64) {
        for child in children.values.sorted(by: { $0.record.startedAt < $1.record.startedAt }) {
            // Half-made ones have an answer of their own on the way.
            if let launch = child.launch, !launch.hasExecuted, child.record.state != .created { continue }
            let held = child.handedOver
            connection.send(
                .child(record: child.currentRecord, roles: held.roles), request: request, descriptors: held.descriptors
            )
        }
        connection.send(.done, request: request)
    }

    private func acknowledge(_ id: String) {
        if let child = children[id] {
            guard child.record.state == .exited else { return }
            children[id] = nil
        }
        do {
            try exits.remove(id)
        } catch {
            KeeperJournal.note("exit record of \(id) cannot be removed: \(error)")
        }
    }

    private func stop(force: Bool, _ connection: ClientConnection, _ request: UInt64) throws(KeeperError) {
        let alive = children.values.filter { $0.record.state != .exited }.count
        guard force || alive == 0 else {
            throw KeeperError(.busy, "\(alive) processes are running; stop them first")
        }
        connection.send(.done, request: request)
        isStopping = true
    }
}
