import Images
import Keeper
import OCI
import SystemLinux

/// The blocking part of a start: writes the network files, reads users and devices, makes the control group and
/// computes the plan. One job for the pool, so a start hops threads once.
struct PreparationWork: Sendable {
    let record: ContainerRecord
    let root: OverlayRoot
    let joined: JoinedNamespaces
    let cgroupPath: String
    let host: HostFacts
    let records: RecordStore
    let cgroups: any ControlGroups
    let hostGateway: String?

    func run() throws -> (LaunchPlan, RuntimeSpec) {
        let spec = try SpecPlanner(request: record.request, facts: facts()).spec()
        let placement = try makeControlGroup(spec)
        var plan = LaunchPlan(
            id: record.id, spec: spec,
            root: .overlay(lower: root.lower, upper: root.upper, work: root.work),
            cgroup: placement, stdio: try stdio()
        )
        let host = record.request.host
        let security = try SecurityOptions(host.securityOptions, privileged: host.privileged)
        plan.seccomp = security.seccomp == .unconfined ? .unconfined : .standard
        plan.usesInit = host.initProcess
        plan.requiredRlimits = Set(host.resources.ulimits.map { "RLIMIT_\($0.name.uppercased())" })
        plan.copyUpDestinations = Set(record.mounts.filter(\.wantsImageContent).map(\.destination))
        return (plan, spec)
    }

    private func makeControlGroup(_ spec: RuntimeSpec) throws -> CgroupPlacement {
        do {
            return try cgroups.make(cgroupPath, resources: spec.linux?.resources)
        } catch {
            throw RuntimeError(.startFailed, "cannot make the control group \(cgroupPath)", cause: error)
        }
    }

    private func facts() throws -> SpecPlanner.Facts {
        let users = LayeredFiles(root: root).users()
        let resources = record.request.host.resources
        var facts = SpecPlanner.Facts(
            id: record.id, hostname: hostname,
            identity: try users.resolve(record.request.user, groupAdd: record.request.host.groupAdd),
            namespaces: joined.namespaces, cgroupPath: cgroupPath, host: host
        )
        facts.ownsNetwork = joined.ownsNetwork
        facts.mounts = record.mounts.map { ($0.wish, $0.source) }
        if let shared = joined.sharedMemory, !facts.mounts.contains(where: { $0.wish.target == "/dev/shm" }) {
            facts.mounts.insert((MountRequest(kind: .bind, source: shared, target: "/dev/shm"), shared), at: 0)
        }
        facts.files = try networkFiles()
        facts.devices = try HostDevices.find(resources.devices, privileged: record.request.host.privileged)
        facts.throttled = try HostDevices.blockNumbers(of: resources.blkioThrottle.map(\.path))
        return facts
    }

    private var hostname: String {
        if let name = joined.hostname { return name }
        let inherits = joined.namespaces.uts == .host || joined.namespaces.network == .host
        guard inherits, record.request.hostname.isEmpty else { return record.hostname }
        return HostFacts.hostname() ?? record.hostname
    }

    private func stdio() throws -> StdioPlan {
        let request = record.request
        let limits = try LogLimits(request.host.log)
        let log =
            record.logPath.isEmpty
            ? nil
            : LogPlan(
                path: record.logPath, maxSizeBytes: limits.fileMaxBytes == .max ? 0 : limits.fileMaxBytes,
                maxFiles: limits.filesMax
            )
        let size = request.host.consoleSize
        return StdioPlan(
            request.tty ? .terminal(rows: size.rows, columns: size.columns) : .relay,
            log: log, opensInput: request.openStdin, closesInputOnce: request.stdinOnce
        )
    }

    // MARK: - Files

    /// Writes hosts, resolv.conf and hostname and says where they go.
    private func networkFiles() throws -> [(target: String, source: String)] {
        let directory: String
        switch joined.files {
        case .shared(let other): directory = other
        case .own, .ownWithHostResolver:
            directory = records.directory(record.id)
            try writeNetworkFiles(into: directory)
        }
        return ["resolv.conf", "hostname", "hosts"].map { ("/etc/\($0)", "\(directory)/\($0)") }
            .filter { File.exists($0.1) }
    }

    private func writeNetworkFiles(into directory: String) throws {
        let request = record.request
        let sharesHost = if case .ownWithHostResolver = joined.files { true } else { false }
        let hosts = try NetworkFiles.hosts(
            hostname: hostname, domainname: request.domainname, addresses: record.attachments.map(\.ipv4Address),
            extraHosts: request.host.extraHosts, hostGateway: hostGateway
        )
        let resolver = NetworkFiles.resolver(
            host: request.host, attachment: record.attachments.first,
            // A host without the file has no name servers either.
            hostText: (try? File.readText("/etc/resolv.conf", limit: 64 * 1024)) ?? "", sharesHostNetwork: sharesHost
        )
        try File.write("\(directory)/hosts", Array(hosts.utf8), mode: 0o644)
        try File.write("\(directory)/resolv.conf", Array(resolver.text.utf8), mode: 0o644)
        try File.write("\(directory)/hostname", Array("\(hostname)\n".utf8), mode: 0o644)
    }
}
