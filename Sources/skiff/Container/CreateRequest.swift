import Document
import SystemLinux

/// Builds the body of `POST /containers/create` from the command line.
struct CreateRequest {
    let options: CreateOptions
    /// Whether the command line stays attached.
    let isAttached: Bool

    func json() throws -> JSONValue {
        var body = try config()
        body["HostConfig"] = .object(try hostConfig())
        if let endpoint = try endpoint() {
            body["NetworkingConfig"] = ["EndpointsConfig": [options.network.network ?? "bridge": .object(endpoint)]]
        }
        return .object(body)
    }

    // MARK: - Config

    private func config() throws -> JSONObject {
        let process = options.process
        let network = options.network
        let readsInput = process.interactive && isAttached
        var out: JSONObject = ["Image": .string(options.image)]
        if !options.command.isEmpty { out["Cmd"] = ListText.json(options.command) }
        if let entrypoint = process.entrypoint { out["Entrypoint"] = [.string(entrypoint)] }
        let environment = try ListText.environment(files: process.envFile, process.env)
        if !environment.isEmpty { out["Env"] = ListText.json(environment) }
        if let workdir = process.workdir { out["WorkingDir"] = .string(workdir) }
        if let user = process.user { out["User"] = .string(user) }
        if let hostname = network.hostname { out["Hostname"] = .string(hostname) }
        if let domainname = network.domainname { out["Domainname"] = .string(domainname) }
        let labels = try ListText.lines(of: process.labelFile) + process.label
        if !labels.isEmpty { out["Labels"] = ListText.map(labels) }
        out["Tty"] = .bool(process.tty)
        out["OpenStdin"] = .bool(process.interactive)
        out["StdinOnce"] = .bool(readsInput)
        out["AttachStdin"] = .bool(readsInput)
        out["AttachStdout"] = .bool(isAttached)
        out["AttachStderr"] = .bool(isAttached)
        var exposed = JSONObject()
        for port in network.expose + (try publishedPorts().map(\.container)) {
            exposed[port.contains("/") ? port : "\(port)/tcp"] = [:]
        }
        if !exposed.isEmpty { out["ExposedPorts"] = .object(exposed) }
        if let signal = process.stopSignal { out["StopSignal"] = .string(signal) }
        if let seconds = process.stopTimeout { out["StopTimeout"] = .integer(Int64(seconds)) }
        if let health = try healthCheck() { out["Healthcheck"] = .object(health) }
        let anonymous = options.mounts.volume.filter { !$0.contains(":") }
        if !anonymous.isEmpty { out["Volumes"] = .object(ListText.set(anonymous)) }
        return out
    }

    private func healthCheck() throws -> JSONObject? {
        let health = options.health
        if health.noHealthcheck { return ["Test": ["NONE"]] }
        var out = JSONObject()
        if let command = health.healthCmd { out["Test"] = ["CMD-SHELL", .string(command)] }
        let durations = [
            ("Interval", health.healthInterval), ("Timeout", health.healthTimeout),
            ("StartPeriod", health.healthStartPeriod), ("StartInterval", health.healthStartInterval),
        ]
        for (name, text) in durations {
            if let text { out[name] = .integer(try Quantity.nanoseconds(text)) }
        }
        if let retries = health.healthRetries { out["Retries"] = .integer(retries) }
        return out.isEmpty ? nil : out
    }

    // MARK: - HostConfig

    private func hostConfig() throws -> JSONObject {
        let mounts = options.mounts
        let network = options.network
        var out = JSONObject()
        let binds = mounts.volume.filter { $0.contains(":") }.map(Self.absolute)
        if !binds.isEmpty { out["Binds"] = ListText.json(binds) }
        if !mounts.mount.isEmpty { out["Mounts"] = .array(try mounts.mount.map { .object(try MountText.json($0)) }) }
        if !mounts.tmpfs.isEmpty {
            var tmpfs = JSONObject()
            for text in mounts.tmpfs {
                let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
                tmpfs[parts.first ?? ""] = .string(parts.count > 1 ? parts[1] : "")
            }
            out["Tmpfs"] = .object(tmpfs)
        }
        if !mounts.volumesFrom.isEmpty { out["VolumesFrom"] = ListText.json(mounts.volumesFrom) }
        if mounts.readOnly { out["ReadonlyRootfs"] = true }
        if let size = mounts.shmSize { out["ShmSize"] = .integer(try Quantity.bytes(size)) }
        out["NetworkMode"] = .string(network.network ?? "default")
        var bindings = JSONObject()
        for port in try publishedPorts() {
            let wish: JSONValue = ["HostIp": .string(port.address), "HostPort": .string(port.host)]
            bindings[port.container] = .array((bindings[port.container]?.arrayValue ?? []) + [wish])
        }
        out["PortBindings"] = .object(bindings)
        if network.publishAll { out["PublishAllPorts"] = true }
        for (key, list) in [
            ("Dns", network.dns), ("DnsSearch", network.dnsSearch), ("DnsOptions", network.dnsOption),
            ("ExtraHosts", network.addHost),
        ] where !list.isEmpty {
            out[key] = ListText.json(list)
        }
        out["RestartPolicy"] = .object(try restartPolicy())
        if options.process.remove { out["AutoRemove"] = true }
        if options.process.usesInit { out["Init"] = true }
        if !options.process.groupAdd.isEmpty { out["GroupAdd"] = ListText.json(options.process.groupAdd) }
        if options.process.tty, let size = Terminal.size(of: StandardStream.output.rawValue) {
            out["ConsoleSize"] = [.integer(Int64(size.rows)), .integer(Int64(size.columns))]
        }
        if let file = options.process.cidfile { out["ContainerIDFile"] = .string(file) }
        appendIsolation(to: &out)
        try ResourceText.append(options.resources, to: &out)
        return out
    }

    private func appendIsolation(to out: inout JSONObject) {
        let isolation = options.isolation
        for (key, list) in [
            ("CapAdd", isolation.capAdd), ("CapDrop", isolation.capDrop), ("SecurityOpt", isolation.securityOpt),
        ] where !list.isEmpty {
            out[key] = ListText.json(list)
        }
        if isolation.privileged { out["Privileged"] = true }
        if !isolation.sysctl.isEmpty { out["Sysctls"] = ListText.map(isolation.sysctl) }
        if !isolation.annotation.isEmpty { out["Annotations"] = ListText.map(isolation.annotation) }
        for (key, mode) in [
            ("PidMode", isolation.pid), ("IpcMode", isolation.ipc), ("UTSMode", isolation.uts),
            ("CgroupnsMode", isolation.cgroupns),
        ] {
            if let mode { out[key] = .string(mode) }
        }
        if isolation.logDriver != nil || !isolation.logOpt.isEmpty {
            out["LogConfig"] = [
                "Type": .string(isolation.logDriver ?? "json-file"), "Config": ListText.map(isolation.logOpt),
            ]
        }
    }

    private func restartPolicy() throws -> JSONObject {
        let parts = options.process.restart.split(separator: ":", maxSplits: 1).map(String.init)
        var out: JSONObject = ["Name": .string(parts.first ?? "no")]
        if parts.count > 1 {
            guard let count = Int64(parts[1]) else {
                throw CommandFailure("invalid --restart \"\(options.process.restart)\": the count must be a number")
            }
            out["MaximumRetryCount"] = .integer(count)
        }
        return out
    }

    private func endpoint() throws -> JSONObject? {
        let network = options.network
        var out = JSONObject()
        if !network.networkAlias.isEmpty { out["Aliases"] = ListText.json(network.networkAlias) }
        if let ip = network.ip { out["IPAMConfig"] = ["IPv4Address": .string(ip)] }
        if let mac = network.macAddress { out["MacAddress"] = .string(mac) }
        return out.isEmpty ? nil : out
    }

    private func publishedPorts() throws -> [PublishedPort] {
        try options.network.publish.flatMap { try PublishedPort.parse($0) }
    }

    /// A relative host path is meant from where the person stands.
    private static func absolute(_ bind: String) -> String {
        guard bind.hasPrefix("."), let here = ProcessEnvironment.value("PWD") else { return bind }
        let cut = bind.firstIndex(of: ":") ?? bind.endIndex
        return "\(here)/\(bind[..<cut])\(bind[cut...])"
    }
}
