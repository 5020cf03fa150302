import EventBus
import Keeper

extension ContainerRuntime {
    /// Registers an attachment. A container that does not run yet serves it at its next start, from the first byte; a
    /// running one at once. Await `streams()` of the ticket.
    /// - Throws: `.notFound`; `.conflict` for a paused or restarting container.
    public func attach(_ reference: String, _ options: AttachOptions) throws(RuntimeError) -> AttachTicket {
        let cell = try registry.find(reference)
        let record = cell.record
        switch record.state.phase {
        case .paused:
            throw RuntimeError(.conflict, "container \(record.id) is paused, unpause the container before attach")
        case .removing, .dead: throw RuntimeError(.conflict, "container \(record.id) is being removed")
        case .created, .exited, .restarting: return try cell.attachLater(options)
        case .running: break
        }
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: ContainerStreams.self, bufferingPolicy: .bufferingNewest(1)
        )
        background.start { [self] in
            do {
                continuation.yield(try await attachNow(cell, options))
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        return AttachTicket(stream: stream, isTerminal: record.request.tty)
    }

    /// Joins the streams of a process the keeper holds.
    func attachNow(_ cell: ContainerCell, _ options: AttachOptions) async throws -> ContainerStreams {
        let request = cell.record.request
        return try await join(cell.id, isTerminal: request.tty, options: options, opensInput: request.openStdin)
    }

    /// Joins the streams of a container's or exec's process.
    func join(
        _ processID: String,
        isTerminal: Bool,
        options: AttachOptions,
        opensInput: Bool
    ) async throws -> ContainerStreams {
        do {
            let ends = try await keeper.attach(
                processID, input: options.input && opensInput, output: options.output || options.errors, lossless: true
            )
            return try ContainerStreams(ends, isTerminal: isTerminal, options: options, reactor: reactor)
        } catch let error as KeeperError where error.code == .notRunning || error.code == .unknownProcess {
            throw RuntimeError(.notRunning, "process \(processID.prefix(12)) is not running", cause: error)
        } catch {
            throw RuntimeError(.unavailable, "cannot attach to process \(processID.prefix(12))", cause: error)
        }
    }

    /// Tells the container's terminal its size; remembered for the start when it does not run yet.
    /// - Throws: `.invalid` when it has no terminal.
    public func resize(_ reference: String, rows: UInt16, columns: UInt16) async throws {
        let cell = try registry.find(reference)
        guard cell.record.request.tty else {
            throw RuntimeError(.invalid, "container \(reference) has no terminal to resize")
        }
        cell.with { $0.record.request.host.consoleSize = ConsoleSize(rows: rows, columns: columns) }
        guard cell.record.state.isAlive else { return }
        do {
            try await keeper.resize(cell.id, rows: rows, columns: columns)
        } catch {
            throw RuntimeError(.unavailable, "cannot resize the terminal of container \(cell.id)", cause: error)
        }
    }
}
