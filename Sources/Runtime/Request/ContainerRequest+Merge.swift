import OCI

extension ContainerRequest {
    /// The request with the image's values where it says nothing (Docker Engine API, "create").
    /// - Throws: `.invalid` when neither names a program, or the working directory is relative.
    public func merged(with image: ImageConfig.Execution?) throws(RuntimeError) -> ContainerRequest {
        let image = image ?? ImageConfig.Execution()
        var out = self
        if out.user.isEmpty { out.user = image.user ?? "" }
        if out.workingDirectory.isEmpty { out.workingDirectory = image.workingDir ?? "" }
        if out.stopSignal.isEmpty { out.stopSignal = image.stopSignal ?? "" }
        if out.stopTimeoutSeconds == nil { out.stopTimeoutSeconds = image.stopTimeoutSeconds }
        out.environment = Self.mergeEnvironment(environment, under: image.env ?? [])
        for (key, value) in image.labels ?? [:] where out.labels[key] == nil { out.labels[key] = value }
        for path in image.volumes?.sorted ?? [] where !out.volumes.contains(path) { out.volumes.append(path) }
        for text in image.exposedPorts?.sorted ?? [] {
            // What an image exposes is a hint; one that can't be read is no reason to refuse to run it.
            guard let port = try? ContainerPort(parsing: text), !out.exposedPorts.contains(port) else { continue }
            out.exposedPorts.append(port)
        }
        for port in out.host.portBindings.keys where !out.exposedPorts.contains(port) { out.exposedPorts.append(port) }
        out.exposedPorts.sort()
        // An entrypoint of the request also takes the image's arguments away; they belong to the image's program.
        if command == nil, entrypoint == nil { out.command = image.cmd }
        if entrypoint == nil {
            out.entrypoint = image.entrypoint
        } else if entrypoint == [""] || entrypoint?.isEmpty == true {
            out.entrypoint = nil
        }
        out.health = HealthCheck.merge(health, over: image.healthcheck)
        guard !out.arguments.isEmpty else {
            throw RuntimeError(
                .invalid, "No command specified: the image \"\(self.image)\" names no program, give one to run"
            )
        }
        guard out.workingDirectory.isEmpty || out.workingDirectory.hasPrefix("/") else {
            throw RuntimeError(
                .invalid,
                "the working directory \"\(out.workingDirectory)\" is invalid, it needs to be an absolute path"
            )
        }
        return out
    }

    /// The whole argument vector: entrypoint and command.
    public var arguments: [String] { (entrypoint ?? []) + (command ?? []) }

    /// `own` variables first, then those of the image that `own` does not name.
    static func mergeEnvironment(_ own: [String], under image: [String]) -> [String] {
        var named = Set<Substring>()
        for entry in own { named.insert(entry.prefix { $0 != "=" }) }
        return own + image.filter { !named.contains($0.prefix { $0 != "=" }) }
    }
}

extension HealthCheck {
    /// Merges field by field; `NONE` in the request switches the image's check off.
    static func merge(_ own: HealthCheck?, over image: ImageConfig.Healthcheck?) -> HealthCheck? {
        guard let image else { return own }
        var out = own ?? HealthCheck()
        if out.test.isEmpty { out.test = image.test ?? [] }
        if out.intervalNanoseconds == 0 { out.intervalNanoseconds = image.interval ?? 0 }
        if out.timeoutNanoseconds == 0 { out.timeoutNanoseconds = image.timeout ?? 0 }
        if out.startPeriodNanoseconds == 0 { out.startPeriodNanoseconds = image.startPeriod ?? 0 }
        if out.startIntervalNanoseconds == 0 { out.startIntervalNanoseconds = image.startInterval ?? 0 }
        if out.retries == 0 { out.retries = image.retries ?? 0 }
        return out
    }

    /// Whether the check probes at all.
    public var isActive: Bool { !test.isEmpty && test != ["NONE"] }
}
