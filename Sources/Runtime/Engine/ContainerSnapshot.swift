import Effects
import OCI
import SystemLinux

/// Everything a client may see of a container, at one moment.
public struct ContainerSnapshot: Sendable, Hashable {
    /// The record.
    public let record: ContainerRecord
    /// What its health probe says; nil without one.
    public let health: HealthState?
    /// Ids of its running execs.
    public let execIDs: [String]
    /// The specification of its last start in this daemon; nil before.
    public let spec: RuntimeSpec?
    /// The directory with its hosts, hostname, resolv.conf and log.
    public let directory: String
    /// The file of its network namespace; empty when it has none of its own.
    public let networkNamespacePath: String
}

extension ContainerRuntime {
    /// Every container, newest first. Does not suspend.
    public func list() -> [ContainerSnapshot] { registry.all.map(snapshot) }

    /// One container. Does not suspend.
    /// - Throws: `.notFound`.
    public func inspect(_ reference: String) throws(RuntimeError) -> ContainerSnapshot {
        snapshot(try registry.find(reference))
    }

    /// The full id behind a name or the beginning of an id.
    /// - Throws: `.notFound`.
    public func id(of reference: String) throws(RuntimeError) -> String { try registry.find(reference).id }

    private func snapshot(_ cell: ContainerCell) -> ContainerSnapshot {
        let (record, health, execs, spec) = cell.with { inner in
            (
                inner.record, inner.healthState, inner.execs.values.filter(\.isRunning).map(\.id).sorted(), inner.spec
            )
        }
        return ContainerSnapshot(
            record: record,
            health: record.request.health?.isActive == true ? health : nil,
            execIDs: execs,
            spec: spec,
            directory: records.directory(record.id),
            networkNamespacePath: record.attachments.isEmpty
                ? "" : PinnedNamespaces(directory: namespaceDirectory(record.id)).path(.network)
        )
    }

    /// Registers a wait; await `outcome()` of the ticket.
    /// - Throws: `.notFound`.
    public func wait(_ reference: String, for condition: WaitCondition) throws(RuntimeError) -> WaitTicket {
        try registry.find(reference).wait(for: condition)
    }
}
