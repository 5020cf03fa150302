import Effects
import SystemLinux

/// One process of a container as the host sees it.
public struct ContainerProcess: Sendable, Hashable {
    /// Process id on the host.
    public var pid: Int32
    /// Parent's process id on the host.
    public var parentPID: Int32
    /// Effective user id on the host.
    public var userID: UInt32
    /// When it started, seconds since the epoch.
    public var startedAt: Int64
    /// CPU time so far in seconds.
    public var cpuSeconds: Int64
    /// The terminal as `pts/N`, or `?`.
    public var terminal: String
    /// The command line; the name in brackets when it has none.
    public var command: String
}

/// What a container uses at one moment.
public struct ContainerUsage: Sendable, Hashable {
    /// When it was read.
    public var readAt: Timestamp
    /// The control group's numbers.
    public var group: CgroupStatistics
    /// CPU time of the whole host in nanoseconds, all cores.
    public var hostCPUNanoseconds: UInt64
    /// Number of cores.
    public var cpuCount: Int
    /// Memory of the whole host in bytes.
    public var hostMemoryBytes: UInt64
    /// Bytes and packets by interface of its network namespace.
    public var interfaces: [InterfaceUsage]
}

/// Counters of one network interface.
public struct InterfaceUsage: Sendable, Hashable {
    /// The interface inside.
    public var name: String
    /// Received and sent: bytes, packets, errors, drops.
    public var received: [UInt64]
    /// Sent: bytes, packets, errors, drops.
    public var sent: [UInt64]
}

extension ContainerRuntime {
    /// The processes of a running container.
    /// - Throws: `.notRunning`.
    public func processes(_ reference: String) async throws -> [ContainerProcess] {
        let cell = try registry.find(reference)
        let record = cell.record
        guard record.state.isAlive else {
            throw RuntimeError(.notRunning, "container \(record.id) is not running")
        }
        let cgroups = cgroups
        let path = cgroupPath(record)
        do {
            return try await BlockingPool.shared.run {
                let boot = ProcessTable.bootTime()
                return try cgroups.processes(path).sorted().compactMap { ProcessTable.read($0, bootTime: boot) }
            }
        } catch {
            throw RuntimeError(.internalFailure, "cannot read the processes of container \(record.id)", cause: error)
        }
    }

    /// What a container uses now; all zero when it does not run.
    public func usage(_ reference: String) async throws -> ContainerUsage {
        let cell = try registry.find(reference)
        let record = cell.record
        let now = effects.now
        let facts = facts
        guard record.state.isAlive else {
            return ContainerUsage(
                readAt: now, group: CgroupStatistics(), hostCPUNanoseconds: 0, cpuCount: facts.cpuCount,
                hostMemoryBytes: 0, interfaces: []
            )
        }
        let cgroups = cgroups
        let path = cgroupPath(record)
        do {
            return try await BlockingPool.shared.run {
                ContainerUsage(
                    readAt: now, group: try cgroups.usage(path), hostCPUNanoseconds: ProcessTable.hostCPUNanoseconds(),
                    cpuCount: facts.cpuCount, hostMemoryBytes: ProcessTable.hostMemoryBytes(),
                    interfaces: ProcessTable.interfaces(ofProcess: record.state.pid)
                )
            }
        } catch {
            throw RuntimeError(.internalFailure, "cannot read what container \(record.id) uses", cause: error)
        }
    }
}
