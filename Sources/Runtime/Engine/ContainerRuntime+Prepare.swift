import EventBus
import Images
import Keeper
import OCI
import SystemLinux

extension ContainerRuntime {
    /// Everything a start needs before the keeper is asked: ports, namespaces, network, files, limits, the plan.
    /// The caller holds the gate; `releaseRun` takes all of it back.
    func prepare(_ cell: ContainerCell) async throws -> LaunchPlan {
        let record = cell.record
        if record.ports.isEmpty {
            let bindings = try await reservePorts(of: record.request, id: record.id)
            cell.with { $0.record.ports = bindings }
        }
        let joined = try await connect(cell)
        guard let root = try await images.root(containerID: record.id) else {
            throw RuntimeError(.internalFailure, "the root of container \(record.id) is gone; remove and run it again")
        }
        let ready = cell.record
        let work = PreparationWork(
            record: ready, root: root, joined: joined, cgroupPath: cgroupPath(ready), host: facts, records: records,
            cgroups: cgroups, hostGateway: await hostGateway(of: ready)
        )
        let (plan, spec) = try await BlockingPool.shared.run { try work.run() }
        cell.with { $0.spec = spec }
        return plan
    }

    /// What `host-gateway` stands for, asked only when the request uses it.
    private func hostGateway(of record: ContainerRecord) async -> String? {
        guard record.request.host.extraHosts.contains(where: { $0.hasSuffix("host-gateway") }) else { return nil }
        if let attachment = record.attachments.first { return attachment.gateway }
        return await network?.gateway(of: NetworkMode.defaultNetwork)
    }

    // MARK: - Namespaces and network

    /// Decides where the namespaces come from, makes and connects the network one.
    private func connect(_ cell: ContainerCell) async throws -> JoinedNamespaces {
        let record = cell.record
        var joined = JoinedNamespaces()
        if let id = record.request.sandboxID {
            joined.join(try sandbox(id))
            return joined
        }
        joined.namespaces.ipc = record.request.host.ipcMode == "host" ? .host : .new
        joined.namespaces.uts = record.request.host.utsMode == "host" ? .host : .new
        joined.namespaces.pid = try pidSource(record.request.host.pidMode)
        joined.namespaces.cgroup = cgroupSource(record.request.host)
        switch NetworkMode(record.request) {
        case .none:
            joined.namespaces.network = .new
            joined.ownsNetwork = true
        case .host:
            joined.namespaces.network = .host
            joined.files = .ownWithHostResolver
        case .container(let reference):
            let other = try registry.find(reference)
            joined.namespaces.network = .path(try networkPath(of: other))
            joined.files = .shared(records.directory(other.id))
            joined.hostname = other.record.hostname
        case .own(let names):
            joined.namespaces.network = .path(try await attach(cell, to: names))
            joined.ownsNetwork = true
        }
        return joined
    }

    private func pidSource(_ mode: String) throws(RuntimeError) -> SpecPlanner.Namespaces.Source {
        if mode == "host" { return .host }
        guard mode.hasPrefix("container:") else { return .new }
        let other = try registry.find(String(mode.dropFirst("container:".count))).record
        guard other.state.isAlive else {
            throw RuntimeError(.conflict, "cannot join the pid namespace of container \(other.name): it is not running")
        }
        return .path("/proc/\(other.state.pid)/ns/pid")
    }

    /// Docker's default: private on unified hosts, the host's on others.
    private func cgroupSource(_ host: HostRequest) -> SpecPlanner.Namespaces.Source {
        switch host.cgroupnsMode {
        case "private": .new
        case "host": .host
        default: facts.cgroupUnified && !host.privileged ? .new : .host
        }
    }

    /// The network namespace of a running container, for one that joins it.
    func networkPath(of cell: ContainerCell) throws(RuntimeError) -> String {
        let record = cell.record
        guard record.state.isAlive else {
            throw RuntimeError(.conflict, "cannot join network of a non running container: \(record.id)")
        }
        return "/proc/\(record.state.pid)/ns/net"
    }

    /// Makes the container's network namespace and puts it on its networks, the first as the default route.
    private func attach(_ cell: ContainerCell, to names: [String]) async throws -> String {
        let record = cell.record
        guard let network else { throw RuntimeError(.unavailable, "no network module runs; use --network none") }
        let pinned = PinnedNamespaces(directory: namespaceDirectory(record.id))
        try await BlockingPool.shared.run { try pinned.pin([.network]) }
        for (index, name) in names.enumerated() {
            let wish =
                record.request.endpoints[name]
                ?? record.request.endpoints.first { NetworkMode.name($0.key) == name }?.value
            let attachment = try await network.attach(
                NetworkAttachRequest(
                    containerID: record.id, containerName: record.name, hostname: record.hostname, network: name,
                    namespacePath: pinned.path(.network), interfaceName: "eth\(index)",
                    aliases: (wish?.aliases ?? []) + [String(record.id.prefix(12))],
                    ipv4Address: wish?.ipv4Address ?? "",
                    macAddress: wish?.macAddress ?? (index == 0 ? record.request.macAddress : "")
                )
            )
            cell.with { $0.record.attachments.append(attachment) }
        }
        return pinned.path(.network)
    }
}

/// Where a container's namespaces and network files come from.
struct JoinedNamespaces: Sendable {
    /// Who writes hosts, resolv.conf and hostname.
    enum Files: Sendable {
        /// The container has its own.
        case own
        /// Its own, with the host's name servers as they are.
        case ownWithHostResolver
        /// Those in another container's or sandbox's directory.
        case shared(String)
    }

    var namespaces = SpecPlanner.Namespaces()
    /// Whether the network namespace belongs to this container alone.
    var ownsNetwork = false
    var files = Files.own
    /// Replaces the container's own host name.
    var hostname: String?
    /// Directory that stands for /dev/shm, shared by the containers of a sandbox.
    var sharedMemory: String?

    /// Takes the namespaces of a sandbox.
    mutating func join(_ sandbox: Sandbox) {
        func source(_ kind: Namespaces.Kind) -> SpecPlanner.Namespaces.Source {
            sandbox.namespacePath(kind).map { .path($0) } ?? .host
        }
        namespaces.network = source(.network)
        namespaces.ipc = source(.ipc)
        namespaces.uts = source(.uts)
        namespaces.pid = sandbox.request.sharesHostProcesses ? .host : .new
        files = .shared(sandbox.directory)
        hostname = sandbox.request.hostname
        sharedMemory = sandbox.request.sharesHostIPC ? nil : sandbox.sharedMemoryPath
    }
}
