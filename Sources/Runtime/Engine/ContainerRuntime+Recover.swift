import Effects
import EventBus
import Images
import Keeper
import Logging
import Synchronization
import SystemLinux

extension ContainerRuntime {
    /// Takes up what an earlier daemon left: records, what the keeper still runs, exits that happened meanwhile,
    /// removals that were begun. Once, before any other call. Restart policies are the business of `startByPolicy`.
    /// - Throws: `RuntimeError` when the records or the keeper can't be read.
    public func recover() async throws {
        let records = records
        let sandboxStore = sandboxStore
        let logger = logger
        let namespaceRoot = "\(configuration.runDirectory)/ns"
        let children: [ChildRecord]
        do {
            let (found, sandboxes) = try await BlockingPool.shared.run {
                (
                    try records.loadAll(logger: logger),
                    try sandboxStore.loadAll(namespaceRoot: namespaceRoot, logger: logger)
                )
            }
            for record in found { registry.add(ContainerCell(record: record), name: record.name) }
            sandboxRegistry.withLock { registry in
                for sandbox in sandboxes { registry[sandbox.id] = sandbox }
            }
            children = try await keeper.list()
        } catch {
            throw RuntimeError(.internalFailure, "cannot take up the containers of an earlier daemon", cause: error)
        }
        await adopt(children)
        await closeLostRuns(children)
        await finishBegunWork()
        await sweep()
        background.start { [self] in await followKeeper() }
        await reactivatePorts()
    }

    /// Containers that the keeper runs are running, whatever their record says; others are nobody's.
    private func adopt(_ children: [ChildRecord]) async {
        for child in children where child.state != .exited && child.container.isEmpty {
            guard let cell = registry.cell(id: child.id) else {
                // A build step or half-made container of the earlier daemon: its owner is gone.
                await endOrphan(child.id)
                continue
            }
            if child.state == .created {
                // Set up but never executed: the start was not acknowledged, so it never happened.
                await endOrphan(child.id)
                continue
            }
            let changed = cell.with { inner in
                let known = inner.record.state
                inner.record.machine.adopted(
                    pid: child.pid, startTicks: child.startTicks, startedAt: Timestamp(nanoseconds: child.startedAt)
                )
                return !known.isAlive || known.pid != child.pid
            }
            if changed { await saveOrLog(cell) }
            startHealthChecks(of: cell)
        }
        do {
            for record in try await keeper.pendingExits() { await take(record) }
        } catch {
            logger.error("failed to read the keeper's exit records", metadata: ["error": "\(error)"])
        }
    }

    private func endOrphan(_ id: String) async {
        do {
            try await keeper.signal(id, Signal.kill)
        } catch {
            logger.info("a process of an earlier daemon was gone", metadata: ["id": "\(id)", "error": "\(error)"])
        }
    }

    /// Records that say running while the keeper does not know the process: it is asked to take it over (the keeper
    /// was killed and replaced); one that is gone has ended in a way that can't be known.
    private func closeLostRuns(_ children: [ChildRecord]) async {
        let alive = Set(children.filter { $0.state != .exited }.map(\.id))
        for cell in registry.all where cell.record.state.isAlive && !alive.contains(cell.id) {
            do {
                try await keeper.adopt(try adoptionRecord(of: cell.record))
            } catch {
                logger.warning(
                    "a container ended while nobody watched",
                    metadata: ["container": "\(cell.id)", "error": "\(error)"]
                )
                await finishRun(cell, exit: ContainerExit(code: 255, at: effects.now))
            }
        }
    }

    /// What a keeper has to know of a process that it did not start.
    private func adoptionRecord(of record: ContainerRecord) throws -> ChildRecord {
        ChildRecord(
            id: record.id, state: .running, pid: record.state.pid, startTicks: record.state.startTicks,
            startedAt: record.state.startedAt?.nanoseconds ?? 0, hasTerminal: record.request.tty,
            cgroup: try cgroups.placement(cgroupPath(record))
        )
    }

    /// Removals and restarts that the earlier daemon had begun.
    private func finishBegunWork() async {
        for cell in registry.all {
            let record = cell.record
            switch record.state.phase {
            case .removing, .dead:
                do {
                    try await dismantle(cell, removeVolumes: record.request.host.autoRemove, cause: nil)
                } catch {
                    logger.error(
                        "failed to finish a removal", metadata: ["container": "\(cell.id)", "error": "\(error)"])
                }
            case .restarting: scheduleRestart(of: cell, after: record.state.restartDelay)
            case .exited where record.request.host.autoRemove: await removeEnded(cell)
            case .exited, .created:
                // A crash between the exit and its clean-up leaves kernel objects behind.
                if !record.attachments.isEmpty || File.exists(namespaceDirectory(cell.id)) { await releaseRun(cell) }
            case .running, .paused: break
            }
        }
    }

    /// Namespaces, control groups and roots whose owner has no record.
    private func sweep() async {
        let known = Set(registry.all.map(\.id)).union(sandboxRegistry.withLock { $0.keys })
        let cgroups = cgroups
        let logger = logger
        let parent = configuration.cgroupParent
        let namespaceRoot = "\(configuration.runDirectory)/ns"
        do {
            try await BlockingPool.shared.run {
                for entry in try Directory.entries(namespaceRoot) where !known.contains(entry.name) {
                    try PinnedNamespaces(directory: "\(namespaceRoot)/\(entry.name)").release()
                }
                for name in try cgroups.children(parent) where !known.contains(name) && Self.isOwnName(name) {
                    try cgroups.removeWithProcesses("\(parent)/\(name)")
                }
            }
            for id in try await images.rootIDs() where !known.contains(id) && Self.isOwnName(id) {
                try await images.removeRoot(containerID: id)
            }
        } catch {
            logger.error("failed to sweep what an earlier daemon left", metadata: ["error": "\(error)"])
        }
    }

    /// Ids that only this runtime gives out; other parts keep roots and groups of their own beside ours.
    static func isOwnName(_ name: String) -> Bool {
        let hex = name.hasPrefix(taskPrefix) ? name.dropFirst(taskPrefix.count) : name[...]
        return hex.utf8.count == 64 && hex.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// Published ports live in the daemon and its rules: they are made again.
    private func reactivatePorts() async {
        guard let ports else { return }
        for cell in registry.all {
            let record = cell.record
            guard record.state.isAlive, !record.ports.isEmpty, let address = record.attachments.first?.ipv4Address
            else {
                continue
            }
            await reactivate(record.ports, id: record.id, address: address, ports: ports)
        }
        for sandbox in sandboxes() where !sandbox.ports.isEmpty {
            guard let address = sandbox.addresses.first else { continue }
            await reactivate(sandbox.ports, id: sandbox.id, address: address, ports: ports)
        }
    }

    private func reactivate(_ bindings: [PortBinding], id: String, address: String, ports: any PortPublisher) async {
        let requests = bindings.map {
            PortRequest(containerPort: $0.containerPort, hostAddress: $0.hostAddress, hostPorts: [$0.hostPort])
        }
        do {
            let again = try await ports.reserve(requests, containerID: id)
            try await ports.activate(again, containerID: id, containerAddress: address)
        } catch {
            logger.error(
                "failed to publish the ports of a running container again",
                metadata: ["container": "\(id)", "error": "\(error)"]
            )
        }
    }

    // MARK: - Platform start and end

    /// Starts the containers whose policy says so; Platform calls it when everything they need stands. Failures are
    /// logged and kept in the containers' states.
    public func startByPolicy() async {
        let due = registry.all.filter { cell in
            let record = cell.record
            guard record.state.phase == .exited, record.request.sandboxID == nil else { return false }
            return record.request.host.restart.startsWithPlatform(stoppedByHand: record.state.stoppedByHand)
        }
        await withTaskGroup(of: Void.self) { group in
            for cell in due {
                group.addTask { [self] in
                    do {
                        try await cell.gate.run {
                            if cell.record.state.phase == .exited {
                                try await self.startRun(cell, byHand: false, cause: nil)
                            }
                        }
                    } catch {
                        logger.error(
                            "failed to start a container by its policy",
                            metadata: ["container": "\(cell.id)", "error": "\(error)"]
                        )
                    }
                }
            }
        }
    }

    /// Ends the runtime. With `stopContainers` every container is stopped first (not by hand, so that policies start
    /// it again); otherwise all run on for the next daemon.
    public func stop(stopContainers: Bool) async {
        if stopContainers {
            await withTaskGroup(of: Void.self) { group in
                for cell in registry.all where cell.record.state.isAlive || cell.record.state.phase == .restarting {
                    group.addTask { [self] in
                        do {
                            try await stop(cell.id, byHand: false)
                        } catch let error as RuntimeError where error.code == .unchanged || error.code == .notFound {
                            // It ended by itself.
                        } catch {
                            logger.error(
                                "failed to stop a container",
                                metadata: ["container": "\(cell.id)", "error": "\(error)"]
                            )
                        }
                    }
                }
            }
            for sandbox in sandboxes() {
                do {
                    try await removeSandbox(sandbox.id)
                } catch {
                    logger.error(
                        "failed to remove a sandbox", metadata: ["sandbox": "\(sandbox.id)", "error": "\(error)"])
                }
            }
        }
        for cell in registry.all {
            cell.with { inner in
                inner.restart?.cancel()
                inner.health?.cancel()
            }
        }
        await finishing.close(cancelling: false)
        await background.close(cancelling: true)
    }
}
