import Effects
import EventBus
import Keeper
import Logging
import Synchronization

extension ContainerRuntime {
    /// Reads the keeper's announcements until the connection ends.
    func followKeeper() async {
        for await event in keeper.events {
            switch event {
            case .exited(let record): await take(record)
            case .attachDropped(let id):
                logger.info("an attached client was too slow and was dropped", metadata: ["container": "\(id)"])
            case .keeperReplaced(let adopted):
                logger.warning("the keeper was replaced", metadata: ["adopted": "\(adopted.count)"])
            case .overrun: await resync()
            }
        }
    }

    /// Announcements were lost: the exit records on disk tell everything.
    private func resync() async {
        do {
            for record in try await keeper.pendingExits() { await take(record) }
        } catch {
            logger.error("failed to read the keeper's exit records", metadata: ["error": "\(error)"])
        }
    }

    /// Takes one exit report: of an exec, a build step or a container. Unknown ones are acknowledged and forgotten.
    func take(_ record: ExitRecord) async {
        let exit = ContainerExit(
            code: Int(record.code), oomKilled: record.outOfMemory, at: Timestamp(nanoseconds: record.finishedAt)
        )
        if !record.container.isEmpty {
            finishExec(record.id, in: record.container, exit: exit)
        } else if let task = tasks.withLock({ $0[record.id] }) {
            task.finish(exit)
        } else if let cell = registry.cell(id: record.id) {
            let isEarly = cell.with { inner in
                if inner.isStarting { inner.earlyExit = exit }
                return inner.isStarting
            }
            if !isEarly { await finishRun(cell, exit: exit) }
        }
        await acknowledge(record.id)
    }

    private func acknowledge(_ id: String) async {
        do {
            try await keeper.acknowledge(id)
        } catch {
            // The record stays on disk and is taken again by the next daemon; taking it twice changes nothing.
            logger.info("failed to acknowledge an exit", metadata: ["id": "\(id)", "error": "\(error)"])
        }
    }

    /// A run ended: records it, tells whoever waits, then does what follows.
    func finishRun(_ cell: ContainerCell, exit: ContainerExit) async {
        let (actions, isRemoving) = cell.with { inner in
            inner.health?.cancel()
            inner.health = nil
            let isRemoving = inner.record.state.phase == .removing
            return (inner.record.machine.exited(exit), isRemoving)
        }
        guard !actions.isEmpty else { return }
        // Told before it is written down: traffic goes on to a dead process until the last listener knows, and the
        // keeper's own record outlives this daemon until the exit is acknowledged.
        if exit.oomKilled { publish(.outOfMemory(container: cell.id), of: cell, cause: nil) }
        publish(
            .exited(container: cell.id, exitCode: Int32(clamping: exit.code), outOfMemory: exit.oomKilled),
            of: cell, cause: nil
        )
        await saveOrLog(cell)
        for wait in cell.takeWaits(removed: false) {
            wait.yield(WaitOutcome(exitCode: exit.code))
            wait.finish()
        }
        // A removal under way cleans up by itself.
        if isRemoving { return }
        finishing.start { [self] in await follow(actions, of: cell) }
    }

    private func follow(_ actions: [ContainerStateMachine.Action], of cell: ContainerCell) async {
        for action in actions {
            switch action {
            case .releaseRun:
                try? await cell.gate.run {
                    // Somebody may have started or removed it meanwhile.
                    if !cell.record.state.isAlive, cell.record.state.phase != .removing { await self.releaseRun(cell) }
                }
            case .restart(let delay): scheduleRestart(of: cell, after: delay)
            case .remove: await removeEnded(cell)
            }
        }
    }

    // MARK: - After a run

    /// Takes away what a run had: network, ports, namespaces, control group. Failures are logged; the next start or
    /// the sweep at the next daemon start tries again. The caller holds the gate or is alone with the cell.
    func releaseRun(_ cell: ContainerCell) async {
        let record = cell.record
        await detachNetworks(of: record)
        if record.state.phase != .restarting { await ports?.release(containerID: record.id) }
        cell.with { inner in
            inner.record.attachments = []
            if inner.record.state.phase != .restarting { inner.record.ports = [] }
        }
        await releaseHostObjects(id: record.id, cgroup: cgroupPath(record))
    }

    func detachNetworks(of record: ContainerRecord) async {
        guard record.request.sandboxID == nil else { return }
        for attachment in record.attachments {
            do {
                try await network?.detach(containerID: record.id, network: attachment.network)
            } catch {
                logger.error(
                    "failed to take a container off its network",
                    metadata: [
                        "container": "\(record.id)", "network": "\(attachment.network)", "error": "\(error)",
                    ]
                )
            }
        }
    }

    // MARK: - Restart

    /// Starts it again after the wait, unless it was stopped, started or removed meanwhile.
    func scheduleRestart(of cell: ContainerCell, after delay: Duration) {
        let generation = cell.with { $0.generation }
        let attempt = cell.record.state.restartCount
        publish(.restarting(container: cell.id, attempt: attempt), of: cell, cause: nil)
        let task = Task { [self] in
            do {
                try await effects.time.sleep(for: delay)
                try await cell.gate.run {
                    let isDue = cell.with { $0.generation == generation && $0.record.state.phase == .restarting }
                    if isDue { try await self.startRun(cell, byHand: false, cause: nil) }
                }
            } catch is CancellationError {
                return
            } catch {
                logger.error(
                    "failed to restart a container", metadata: ["container": "\(cell.id)", "error": "\(error)"]
                )
            }
        }
        cell.with { $0.restart = task }
    }
}
