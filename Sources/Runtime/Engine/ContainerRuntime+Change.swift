import EventBus
import OCI
import SystemLinux

extension ContainerRuntime {
    /// Gives a container another name.
    /// - Throws: `.conflict` when the name is taken, `.invalid` when it breaks the rule or is the same.
    public func rename(_ reference: String, to name: String, cause: Cause? = nil) async throws {
        let cell = try registry.find(reference)
        let valid = try ContainerName.validate(name)
        try await cell.gate.run {
            let old = cell.record.name
            guard old != valid else {
                throw RuntimeError(.invalid, "Renaming a container with the same name as its current name")
            }
            try self.registry.reserve(name: valid, for: cell.id)
            cell.with { $0.record.name = valid }
            do {
                try await self.save(cell)
            } catch {
                cell.with { $0.record.name = old }
                self.registry.release(name: valid, of: cell.id)
                throw error
            }
            self.registry.release(name: old, of: cell.id)
            self.publish(.renamed(container: cell.id, name: valid), of: cell, cause: cause)
        }
    }

    /// Changes limits and restart policy; nil leaves the policy. Fields that are zero or empty stay as they are.
    /// - Returns: warnings for people.
    public func update(
        _ reference: String,
        resources: ResourceRequest,
        restart: RestartPolicy?,
        cause: Cause? = nil
    ) async throws -> [String] {
        let cell = try registry.find(reference)
        return try await cell.gate.run {
            let record = cell.record
            if let restart, restart != .no, record.request.host.autoRemove {
                throw RuntimeError(.conflict, "restart policy cannot be updated because AutoRemove is enabled")
            }
            let merged = record.request.host.resources.merged(with: resources)
            try RequestValidator.checkResources(merged, host: self.facts)
            if record.state.isAlive, merged != record.request.host.resources {
                try await self.apply(merged, to: record)
            }
            cell.with { inner in
                inner.record.request.host.resources = merged
                if let restart {
                    inner.record.request.host.restart = restart
                    inner.record.machine.policy = restart
                }
            }
            try await self.save(cell)
            self.publish(.updated(container: cell.id), of: cell, cause: cause)
            return []
        }
    }

    private func apply(_ resources: ResourceRequest, to record: ContainerRecord) async throws {
        let path = cgroupPath(record)
        let cgroups = cgroups
        do {
            try await BlockingPool.shared.run {
                var limits = try ResourcePlan.resources(
                    resources, privileged: record.request.host.privileged, devices: [],
                    throttled: try HostDevices.blockNumbers(of: resources.blkioThrottle.map(\.path))
                )
                // Which devices may be used is settled at the start.
                limits.devices = nil
                try cgroups.update(path, resources: limits)
            }
        } catch let error as RuntimeError {
            throw error
        } catch {
            throw RuntimeError(.internalFailure, "cannot change the limits of container \(record.name)", cause: error)
        }
    }
}

extension ResourceRequest {
    /// These limits, with what `change` sets.
    func merged(with change: ResourceRequest) -> ResourceRequest {
        var out = self
        if change.memoryBytes != 0 { out.memoryBytes = change.memoryBytes }
        if change.memorySwapBytes != 0 { out.memorySwapBytes = change.memorySwapBytes }
        if change.memoryReservationBytes != 0 { out.memoryReservationBytes = change.memoryReservationBytes }
        if let swappiness = change.memorySwappiness { out.memorySwappiness = swappiness }
        if change.nanoCPUs != 0 {
            out.nanoCPUs = change.nanoCPUs
            out.cpuPeriodMicroseconds = 0
            out.cpuQuotaMicroseconds = 0
        }
        if change.cpuShares != 0 { out.cpuShares = change.cpuShares }
        if change.cpuPeriodMicroseconds != 0 { out.cpuPeriodMicroseconds = change.cpuPeriodMicroseconds }
        if change.cpuQuotaMicroseconds != 0 { out.cpuQuotaMicroseconds = change.cpuQuotaMicroseconds }
        if !change.cpusetCPUs.isEmpty { out.cpusetCPUs = change.cpusetCPUs }
        if !change.cpusetMems.isEmpty { out.cpusetMems = change.cpusetMems }
        if let limit = change.pidsLimit { out.pidsLimit = limit }
        if change.blkioWeight != 0 { out.blkioWeight = change.blkioWeight }
        return out
    }
}
