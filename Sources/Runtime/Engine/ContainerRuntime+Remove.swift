import EventBus
import Images
import Logging
import SystemLinux
import Volumes

extension ContainerRuntime {
    /// Removes a container with its root, log and record.
    /// - Parameters:
    ///   - force: kills it first when it runs.
    ///   - removeVolumes: removes its anonymous volumes too.
    /// - Throws: `.conflict` when it runs and `force` is false.
    public func remove(
        _ reference: String,
        force: Bool = false,
        removeVolumes: Bool = false,
        cause: Cause? = nil
    ) async throws {
        let cell = try registry.find(reference)
        try await cell.gate.run {
            let mustKill = try cell.with { inner throws(RuntimeError) in
                if inner.isGone { throw RuntimeError(.notFound, "No such container: \(reference)") }
                do throws(RuntimeError) {
                    return try inner.record.machine.beginRemove(force: force)
                } catch {
                    throw RuntimeError(
                        error.code, "cannot remove container \"/\(inner.record.name)\": \(error.message)"
                    )
                }
            }
            cell.with { inner in
                inner.restart?.cancel()
                inner.restart = nil
            }
            if mustKill { try await self.killForRemoval(cell, cause: cause) }
            try await self.dismantle(cell, removeVolumes: removeVolumes, cause: cause)
        }
    }

    private func killForRemoval(_ cell: ContainerCell, cause: Cause?) async throws {
        let ticket = try cell.wait(for: .nextExit)
        // A frozen process can't die.
        let path = cgroupPath(cell.record)
        let cgroups = cgroups
        try await BlockingPool.shared.run { try cgroups.freeze(path, false) }
        try await send(Signal.kill, to: cell, cause: cause)
        guard await ended(ticket, within: .seconds(StopPlan.killTimeoutSeconds)) else {
            cell.with { $0.record.machine.removalFailed() }
            throw RuntimeError(
                .internalFailure, "container \(cell.id) did not end after SIGKILL, so it cannot be removed"
            )
        }
    }

    /// The end of a container that goes away with its exit (`--rm`). Nobody waits; failures are logged.
    func removeEnded(_ cell: ContainerCell) async {
        do {
            try await cell.gate.run {
                let isFree = cell.with { inner -> Bool in
                    guard !inner.isGone, (try? inner.record.machine.beginRemove(force: false)) != nil else {
                        return false
                    }
                    return true
                }
                if isFree { try await self.dismantle(cell, removeVolumes: true, cause: nil) }
            }
        } catch {
            logger.error(
                "failed to remove a container after its end",
                metadata: ["container": "\(cell.id)", "error": "\(error)"]
            )
        }
    }

    /// Takes everything of a container away; the caller holds the gate and has it marked for removal.
    func dismantle(_ cell: ContainerCell, removeVolumes: Bool, cause: Cause?) async throws {
        let record = cell.record
        await releaseRun(cell)
        await ports?.release(containerID: record.id)
        do {
            try await images.removeRoot(containerID: record.id)
            let records = records
            try await BlockingPool.shared.run { try records.remove(record.id) }
        } catch {
            cell.with { $0.record.machine.removalFailed() }
            await saveOrLog(cell)
            throw RuntimeError(
                .internalFailure, "cannot remove container \(record.name) whole; remove it again", cause: error
            )
        }
        registry.remove(cell, name: record.name)
        let exitCode = record.state.exitCode
        cell.with { $0.isGone = true }
        publish(.removed(container: record.id), of: cell, cause: cause)
        for wait in cell.takeWaits(removed: true) {
            wait.yield(WaitOutcome(exitCode: exitCode, error: record.state.error))
            wait.finish()
        }
        for attachment in cell.takeAttachments() {
            attachment.continuation.finish(throwing: RuntimeError(.notFound, "container \(record.id) was removed"))
        }
        if removeVolumes { await removeAnonymousVolumes(of: record) }
    }

    private func removeAnonymousVolumes(of record: ContainerRecord) async {
        let names = record.mounts.filter(\.isAnonymous).map(\.volumeName)
        guard !names.isEmpty else { return }
        let volumes = volumes
        let logger = logger
        let users = Dictionary(uniqueKeysWithValues: names.map { ($0, volumeUsers($0)) })
        // The pool takes the slow removal of trees; one volume in use elsewhere does not stop the others.
        _ = BlockingPool.shared.submit {
            for name in names {
                do {
                    try volumes.remove(name, users: users[name] ?? [])
                } catch {
                    logger.info("an anonymous volume was kept", metadata: ["volume": "\(name)", "error": "\(error)"])
                }
            }
        }
    }

    /// Ids of the containers that mount a volume.
    public func volumeUsers(_ name: String) -> [String] {
        registry.all.filter { cell in cell.record.mounts.contains { $0.volumeName == name } }.map(\.id)
    }

    /// Ids of the containers made from an image, for whoever wants to remove it.
    public func imageUsers(_ imageID: String) -> [String] {
        registry.all.filter { $0.record.imageID == imageID }.map(\.id)
    }
}
