import OCI

/// Computes the OCI runtime specification of a container. Pure: every fact comes in as a value, so the same request
/// always gives the same plan, and `inspect --spec` can print it.
struct SpecPlanner {
    /// Where a container's namespaces come from.
    struct Namespaces: Sendable, Hashable {
        enum Source: Sendable, Hashable {
            /// A new one.
            case new
            /// The host's.
            case host
            /// One that exists, by its file.
            case path(String)
        }

        var network = Source.new
        var ipc = Source.new
        var uts = Source.new
        var pid = Source.new
        var cgroup = Source.host
    }

    /// Facts that are looked up before planning.
    struct Facts: Sendable {
        var id: String
        /// The host name inside.
        var hostname: String
        var identity: ProcessIdentity
        var namespaces = Namespaces()
        /// Whether the network namespace is this container's own, new or made for it.
        var ownsNetwork = false
        /// The mounts of the request with their sources on the host.
        var mounts: [(wish: MountRequest, source: String)] = []
        /// Files the runtime writes for the container: target inside and source on the host.
        var files: [(target: String, source: String)] = []
        var devices: [ResourcePlan.FoundDevice] = []
        var throttled: [String: (major: Int64, minor: Int64)] = [:]
        var cgroupPath: String
        var host: HostFacts
    }

    let request: ContainerRequest
    let facts: Facts

    /// The plan.
    /// - Throws: `RuntimeError` naming the field that can't be met.
    func spec() throws(RuntimeError) -> RuntimeSpec {
        let host = request.host
        var spec = RuntimeSpec()
        spec.process = try process()
        spec.root = RuntimeSpec.Root(path: "rootfs", readonly: host.readonlyRootfs ? true : nil)
        // A joined namespace has its name already, and other containers see it too.
        if facts.namespaces.uts == .new {
            spec.hostname = facts.hostname
            if !request.domainname.isEmpty { spec.domainname = request.domainname }
        }
        spec.mounts = mounts()
        if !host.annotations.isEmpty { spec.annotations = host.annotations }
        spec.linux = try linux()
        return spec
    }

    // MARK: - Process

    /// The first process (or, for an exec, a further one).
    func process() throws(RuntimeError) -> RuntimeSpec.Process {
        let host = request.host
        let names = try CapabilityPlan.capabilities(
            add: host.capAdd, drop: host.capDrop, privileged: host.privileged, available: facts.host.capabilities
        )
        var process = RuntimeSpec.Process(args: request.arguments)
        process.env = environment()
        process.cwd = request.workingDirectory.isEmpty ? "/" : PathText.clean(request.workingDirectory)
        process.user = RuntimeSpec.User(
            uid: facts.identity.uid,
            gid: facts.identity.gid,
            additionalGids: facts.identity.additionalGids.isEmpty ? nil : facts.identity.additionalGids
        )
        if request.tty {
            process.terminal = true
            if host.consoleSize.rows > 0, host.consoleSize.columns > 0 {
                process.consoleSize = RuntimeSpec.ConsoleSize(
                    height: UInt32(host.consoleSize.rows), width: UInt32(host.consoleSize.columns)
                )
            }
        }
        // Inheritable and ambient stay empty: otherwise exec of a file with inheritable capabilities gains them
        // (CVE-2022-24769).
        process.capabilities = RuntimeSpec.Capabilities(bounding: names, effective: names, permitted: names)
        process.noNewPrivileges = try security().noNewPrivileges ? true : nil
        process.rlimits = try rlimits()
        if host.oomScoreAdj != 0 { process.oomScoreAdj = host.oomScoreAdj }
        return process
    }

    /// PATH, HOSTNAME, TERM and HOME as a floor, then what image and user set, later entries winning.
    private func environment() -> [String] {
        var floor = ["PATH=\(ContainerDefaults.path)", "HOSTNAME=\(facts.hostname)"]
        if request.tty { floor.append("TERM=xterm") }
        floor.append("HOME=\(facts.identity.home)")
        // A bare NAME removes the variable, also one the floor sets.
        let wanted = request.environment
        let named = Set(wanted.map { $0.prefix { $0 != "=" } })
        return floor.filter { !named.contains($0.prefix { $0 != "=" }) } + wanted.filter { $0.contains("=") }
    }

    private func rlimits() throws(RuntimeError) -> [RuntimeSpec.Rlimit]? {
        var out: [RuntimeSpec.Rlimit] = []
        for limit in request.host.resources.ulimits {
            guard Self.rlimitNames.contains(limit.name.lowercased()) else {
                throw RuntimeError(.invalid, "invalid ulimit type: \(limit.name)")
            }
            guard limit.hard < 0 || (limit.soft >= 0 && limit.soft <= limit.hard) else {
                throw RuntimeError(
                    .invalid, "ulimit \(limit.name): soft limit must be less than or equal to hard limit")
            }
            out.append(
                RuntimeSpec.Rlimit(
                    type: "RLIMIT_\(limit.name.uppercased())",
                    soft: limit.soft < 0 ? .max : UInt64(limit.soft),
                    hard: limit.hard < 0 ? .max : UInt64(limit.hard)
                )
            )
        }
        return out.isEmpty ? nil : out
    }

    private static let rlimitNames: Set<String> = [
        "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
        "rttime", "sigpending", "stack",
    ]

    private func security() throws(RuntimeError) -> SecurityOptions {
        try SecurityOptions(request.host.securityOptions, privileged: request.host.privileged)
    }

    // MARK: - Mounts

    private func mounts() -> [RuntimeSpec.Mount] {
        let host = request.host
        let own = Set(facts.mounts.map(\.wish.target))
        var out = ContainerDefaults.mounts(shmSizeBytes: host.shmSizeBytes, privileged: host.privileged)
        // A user's mount takes the place of a default one.
        out.removeAll { own.contains($0.destination) }
        if facts.namespaces.ipc == .host {
            for path in ["/dev/shm", "/dev/mqueue"] {
                guard let index = out.firstIndex(where: { $0.destination == path }) else { continue }
                out[index] = RuntimeSpec.Mount(
                    destination: path, type: "bind", source: path, options: ["rbind", "nosuid", "noexec", "nodev"]
                )
            }
        }
        if facts.namespaces.network == .host, let index = out.firstIndex(where: { $0.destination == "/sys" }),
            host.privileged
        {
            out[index].options = ["nosuid", "noexec", "nodev", "rw"]
        }
        for file in facts.files where !own.contains(file.target) {
            var options = ["rbind", "rprivate"]
            if host.readonlyRootfs { options.append("ro") }
            out.append(
                RuntimeSpec.Mount(destination: file.target, type: "bind", source: file.source, options: options)
            )
        }
        for mount in facts.mounts { out.append(MountPlan.specMount(mount.wish, source: mount.source)) }
        return out
    }

    // MARK: - Linux

    private func linux() throws(RuntimeError) -> RuntimeSpec.Linux {
        let host = request.host
        var linux = RuntimeSpec.Linux()
        linux.namespaces = namespaces()
        linux.sysctl = try sysctls()
        linux.resources = try ResourcePlan.resources(
            host.resources, privileged: host.privileged, devices: facts.devices, throttled: facts.throttled
        )
        linux.cgroupsPath = facts.cgroupPath
        linux.devices = devices()
        if !host.privileged {
            linux.maskedPaths = host.maskedPaths ?? ContainerDefaults.maskedPaths + facts.host.thermalThrottlePaths
            linux.readonlyPaths = host.readonlyPaths ?? ContainerDefaults.readonlyPaths
        }
        let propagations = Set(facts.mounts.map(\.wish.propagation))
        if !propagations.isDisjoint(with: ["shared", "rshared"]) {
            linux.rootfsPropagation = "shared"
        } else if !propagations.isDisjoint(with: ["slave", "rslave"]) {
            linux.rootfsPropagation = "slave"
        } else {
            linux.rootfsPropagation = "private"
        }
        return linux
    }

    private func namespaces() -> [RuntimeSpec.Namespace] {
        var out = [RuntimeSpec.Namespace(.mount)]
        func add(_ kind: RuntimeSpec.Namespace.Kind, _ source: Namespaces.Source) {
            switch source {
            case .new: out.append(RuntimeSpec.Namespace(kind))
            case .path(let path): out.append(RuntimeSpec.Namespace(kind, path: path))
            case .host: break
            }
        }
        add(.network, facts.namespaces.network)
        add(.uts, facts.namespaces.uts)
        add(.pid, facts.namespaces.pid)
        add(.ipc, facts.namespaces.ipc)
        add(.cgroup, facts.namespaces.cgroup)
        return out
    }

    private func devices() -> [RuntimeSpec.Device]? {
        if facts.devices.isEmpty { return nil }
        return facts.devices.map {
            RuntimeSpec.Device(
                path: $0.request.pathInContainer, type: $0.type, major: $0.major, minor: $0.minor, fileMode: $0.mode,
                uid: $0.uid, gid: $0.gid
            )
        }
    }

    /// Switches of namespaces that are the container's own; others would change the host.
    private func sysctls() throws(RuntimeError) -> [String: String]? {
        var out = facts.ownsNetwork ? ContainerDefaults.networkSysctls : [:]
        for (name, value) in request.host.sysctls {
            let source: Namespaces.Source
            if name.hasPrefix("net.") {
                source = facts.namespaces.network
            } else if name.hasPrefix("kernel.msg") || name.hasPrefix("kernel.shm") || name.hasPrefix("fs.mqueue.")
                || name == "kernel.sem"
            {
                source = facts.namespaces.ipc
            } else {
                throw RuntimeError(
                    .invalid, "sysctl \(name) is not part of a namespace, so it cannot be set for one container"
                )
            }
            guard source != .host else {
                throw RuntimeError(.invalid, "sysctl \(name) would change the host, as its namespace is shared")
            }
            out[name] = value
        }
        return out.isEmpty ? nil : out
    }
}
