import Document

extension ContainerRequest {
    /// Reads the body of `POST /containers/create`.
    /// - Throws: `RuntimeError` `.invalid` naming the field, `.unsupported` for a field this runtime doesn't enforce.
    public init(json: JSONValue) throws(RuntimeError) {
        var fields = try FieldReader(json, path: "")
        self.init(image: try fields.string("Image") ?? "")
        command = try fields.strings("Cmd")
        entrypoint = try fields.strings("Entrypoint")
        environment = try fields.strings("Env") ?? []
        workingDirectory = try fields.string("WorkingDir") ?? ""
        user = try fields.string("User") ?? ""
        hostname = try fields.string("Hostname") ?? ""
        domainname = try fields.string("Domainname") ?? ""
        labels = try fields.stringMap("Labels")
        tty = try fields.bool("Tty") ?? false
        openStdin = try fields.bool("OpenStdin") ?? false
        stdinOnce = try fields.bool("StdinOnce") ?? false
        attachStdin = try fields.bool("AttachStdin") ?? false
        attachStdout = try fields.bool("AttachStdout") ?? false
        attachStderr = try fields.bool("AttachStderr") ?? false
        for key in try fields.keys("ExposedPorts") { exposedPorts.append(try ContainerPort(parsing: key)) }
        exposedPorts.sort()
        volumes = try fields.keys("Volumes").sorted()
        stopSignal = try fields.string("StopSignal") ?? ""
        stopTimeoutSeconds = try fields.integer("StopTimeout").map(Int.init)
        health = try HealthCheck(fields.object("Healthcheck"))
        networkDisabled = try fields.bool("NetworkDisabled") ?? false
        macAddress = try fields.string("MacAddress") ?? ""
        // What a builder or Windows reads; a container is the same with or without them.
        for ignored in ["OnBuild", "ArgsEscaped", "Shell"] { _ = fields.value(ignored) }
        host = try HostRequest(fields.object("HostConfig"))
        var networking = try fields.object("NetworkingConfig")
        for (name, reader) in try networking.objectMap("EndpointsConfig") {
            endpoints[name] = try EndpointRequest(reader)
        }
        try networking.finish()
        sandboxID = try fields.string("SkiffSandboxID")
        try fields.finish()
    }

    /// Docker's `Config` object, as `inspect` shows it.
    public var configJSON: JSONObject {
        var out: JSONObject = [
            "Hostname": .string(hostname), "Domainname": .string(domainname), "User": .string(user),
            "AttachStdin": .bool(attachStdin), "AttachStdout": .bool(attachStdout),
            "AttachStderr": .bool(attachStderr),
        ]
        if !exposedPorts.isEmpty {
            out["ExposedPorts"] = .object(JSONObject(names: exposedPorts.map(\.description)))
        }
        out["Tty"] = .bool(tty)
        out["OpenStdin"] = .bool(openStdin)
        out["StdinOnce"] = .bool(stdinOnce)
        out["Env"] = JSONValue(strings: environment)
        out["Cmd"] = command.map { JSONValue(strings: $0) } ?? .null
        if let health { out["Healthcheck"] = .object(health.json) }
        out["Image"] = .string(image)
        out["Volumes"] = volumes.isEmpty ? .null : .object(JSONObject(names: volumes))
        out["WorkingDir"] = .string(workingDirectory)
        out["Entrypoint"] = entrypoint.map { JSONValue(strings: $0) } ?? .null
        if networkDisabled { out["NetworkDisabled"] = true }
        if !macAddress.isEmpty { out["MacAddress"] = .string(macAddress) }
        out["OnBuild"] = .null
        out["Labels"] = JSONValue(map: labels)
        if !stopSignal.isEmpty { out["StopSignal"] = .string(stopSignal) }
        if let stopTimeoutSeconds { out["StopTimeout"] = .integer(Int64(stopTimeoutSeconds)) }
        return out
    }

    /// The whole request as `init(json:)` reads it: what the record on disk holds.
    public var json: JSONObject {
        var out = configJSON
        out["HostConfig"] = .object(host.json)
        var networks = JSONObject()
        for (name, endpoint) in endpoints.sorted(by: { $0.key < $1.key }) { networks[name] = .object(endpoint.json) }
        out["NetworkingConfig"] = ["EndpointsConfig": .object(networks)]
        if let sandboxID { out["SkiffSandboxID"] = .string(sandboxID) }
        return out
    }
}

extension EndpointRequest {
    init(_ reader: FieldReader) throws(RuntimeError) {
        self.init()
        var fields = reader
        aliases = try fields.strings("Aliases") ?? []
        macAddress = try fields.string("MacAddress") ?? ""
        var addresses = try fields.object("IPAMConfig")
        ipv4Address = try addresses.string("IPv4Address") ?? ""
        try addresses.finish()
        // What a client copies back from `inspect`: facts of an earlier attachment, not wishes.
        for fact in [
            "NetworkID", "EndpointID", "Gateway", "IPAddress", "IPPrefixLen", "IPv6Gateway", "GlobalIPv6Address",
            "GlobalIPv6PrefixLen", "DNSNames",
        ] {
            _ = fields.value(fact)
        }
        try fields.finish()
    }

    var json: JSONObject {
        var out: JSONObject = ["Aliases": aliases.isEmpty ? .null : JSONValue(strings: aliases)]
        if !ipv4Address.isEmpty { out["IPAMConfig"] = ["IPv4Address": .string(ipv4Address)] }
        if !macAddress.isEmpty { out["MacAddress"] = .string(macAddress) }
        return out
    }
}

extension HealthCheck {
    /// Nil when the object is absent or empty.
    init?(_ reader: FieldReader) throws(RuntimeError) {
        if reader.isEmpty { return nil }
        self.init()
        var fields = reader
        test = try fields.strings("Test") ?? []
        intervalNanoseconds = try fields.integer("Interval") ?? 0
        timeoutNanoseconds = try fields.integer("Timeout") ?? 0
        startPeriodNanoseconds = try fields.integer("StartPeriod") ?? 0
        startIntervalNanoseconds = try fields.integer("StartInterval") ?? 0
        retries = Int(try fields.integer("Retries") ?? 0)
        try fields.finish()
    }

    var json: JSONObject {
        var out: JSONObject = ["Test": JSONValue(strings: test)]
        let durations = [
            ("Interval", intervalNanoseconds), ("Timeout", timeoutNanoseconds),
            ("StartPeriod", startPeriodNanoseconds), ("StartInterval", startIntervalNanoseconds),
        ]
        for (name, value) in durations where value != 0 { out[name] = .integer(value) }
        if retries != 0 { out["Retries"] = .integer(Int64(retries)) }
        return out
    }
}

extension JSONObject {
    /// `{"a": {}, "b": {}}`: how the Engine API writes a set.
    init(names: [String]) {
        self.init(minimumCapacity: names.count)
        for name in names { self[name] = .object(JSONObject()) }
    }
}

extension JSONValue {
    /// A list of strings.
    init(strings: [String]) {
        self = .array(strings.map { .string($0) })
    }

    /// An object of strings, keys in order.
    init(map: [String: String]) {
        var object = JSONObject(minimumCapacity: map.count)
        for (key, value) in map.sorted(by: { $0.key < $1.key }) { object[key] = .string(value) }
        self = .object(object)
    }
}
