import Document

extension HostRequest {
    /// Reads Docker's `HostConfig`.
    init(_ reader: FieldReader) throws(RuntimeError) {
        self.init()
        var fields = reader
        resources = try ResourceRequest(&fields)
        binds = try fields.strings("Binds") ?? []
        for mount in try fields.objects("Mounts") { mounts.append(try MountRequest(mount)) }
        tmpfs = try fields.stringMap("Tmpfs")
        volumesFrom = try fields.strings("VolumesFrom") ?? []
        containerIDFile = try fields.string("ContainerIDFile") ?? ""
        var logFields = try fields.object("LogConfig")
        log.driver = try logFields.string("Type") ?? ""
        log.options = try logFields.stringMap("Config")
        try logFields.finish()
        networkMode = try fields.string("NetworkMode").flatMap { $0.isEmpty ? nil : $0 } ?? "default"
        portBindings = try Self.portBindings(&fields)
        publishAllPorts = try fields.bool("PublishAllPorts") ?? false
        restart = try RestartPolicy(fields.object("RestartPolicy"))
        autoRemove = try fields.bool("AutoRemove") ?? false
        try readNames(&fields)
        try readIsolation(&fields)
        var annotationMap = try fields.stringMap("Annotations")
        swap(&annotations, &annotationMap)
        try Self.refuseForeign(&fields)
        try fields.finish()
    }

    private mutating func readNames(_ fields: inout FieldReader) throws(RuntimeError) {
        dns = try fields.strings("Dns") ?? []
        dnsOptions = try fields.strings("DnsOptions") ?? []
        dnsSearch = try fields.strings("DnsSearch") ?? []
        extraHosts = try fields.strings("ExtraHosts") ?? []
        groupAdd = try fields.strings("GroupAdd") ?? []
    }

    private mutating func readIsolation(_ fields: inout FieldReader) throws(RuntimeError) {
        capAdd = try fields.strings("CapAdd") ?? []
        capDrop = try fields.strings("CapDrop") ?? []
        ipcMode = try fields.string("IpcMode") ?? ""
        pidMode = try fields.string("PidMode") ?? ""
        utsMode = try fields.string("UTSMode") ?? ""
        cgroupnsMode = try fields.string("CgroupnsMode") ?? ""
        oomScoreAdj = Int(try fields.integer("OomScoreAdj") ?? 0)
        privileged = try fields.bool("Privileged") ?? false
        readonlyRootfs = try fields.bool("ReadonlyRootfs") ?? false
        securityOptions = try fields.strings("SecurityOpt") ?? []
        shmSizeBytes = try fields.integer("ShmSize") ?? 0
        sysctls = try fields.stringMap("Sysctls")
        initProcess = try fields.bool("Init") ?? false
        maskedPaths = try fields.strings("MaskedPaths")
        readonlyPaths = try fields.strings("ReadonlyPaths")
        if case .array(let size)? = fields.value("ConsoleSize"), size.count == 2,
            let rows = size[0].intValue, let columns = size[1].intValue
        {
            consoleSize = ConsoleSize(rows: UInt16(clamping: rows), columns: UInt16(clamping: columns))
        }
    }

    /// Fields with one harmless value that clients send by default, and no other.
    private static func refuseForeign(_ fields: inout FieldReader) throws(RuntimeError) {
        let allowed: [(key: String, values: Set<String>)] = [
            ("Runtime", ["", "skiff", "runc"]), ("Isolation", ["", "default"]), ("VolumeDriver", ["", "local"]),
        ]
        for (key, values) in allowed {
            let value = try fields.string(key) ?? ""
            guard values.contains(value) else {
                throw RuntimeError(.unsupported, "\(fields.path).\(key) \"\(value)\" is not supported by skiff")
            }
        }
    }

    private static func portBindings(
        _ fields: inout FieldReader
    ) throws(RuntimeError) -> [ContainerPort: [HostPortRequest]] {
        var out: [ContainerPort: [HostPortRequest]] = [:]
        guard case .object(let map)? = fields.value("PortBindings") else { return out }
        for (key, value) in map {
            let port = try ContainerPort(parsing: key)
            var wishes: [HostPortRequest] = []
            for item in value.arrayValue ?? [.object(JSONObject())] {
                var wish = try FieldReader(item, path: "HostConfig.PortBindings.\(key)")
                wishes.append(
                    HostPortRequest(
                        address: try wish.string("HostIp") ?? "",
                        port: try wish.string("HostPort") ?? ""
                    )
                )
                try wish.finish()
            }
            out[port] = wishes
        }
        return out
    }

    /// Docker's `HostConfig`, as `inspect` shows it and the record on disk holds it.
    public var json: JSONObject {
        var out: JSONObject = [
            "Binds": binds.isEmpty ? .null : JSONValue(strings: binds),
            "ContainerIDFile": .string(containerIDFile),
            "LogConfig": [
                "Type": .string(log.driver.isEmpty ? "json-file" : log.driver), "Config": JSONValue(map: log.options),
            ],
            "NetworkMode": .string(networkMode),
            "PortBindings": portBindingsJSON,
            "RestartPolicy": .object(restart.json),
            "AutoRemove": .bool(autoRemove),
            "VolumeDriver": "",
            "VolumesFrom": volumesFrom.isEmpty ? .null : JSONValue(strings: volumesFrom),
            "ConsoleSize": .array([.integer(Int64(consoleSize.rows)), .integer(Int64(consoleSize.columns))]),
        ]
        if !annotations.isEmpty { out["Annotations"] = JSONValue(map: annotations) }
        if !mounts.isEmpty { out["Mounts"] = .array(mounts.map { .object($0.json) }) }
        if !tmpfs.isEmpty { out["Tmpfs"] = JSONValue(map: tmpfs) }
        appendIsolation(to: &out)
        resources.append(to: &out)
        return out
    }

    private func appendIsolation(to out: inout JSONObject) {
        out["CapAdd"] = capAdd.isEmpty ? .null : JSONValue(strings: capAdd)
        out["CapDrop"] = capDrop.isEmpty ? .null : JSONValue(strings: capDrop)
        out["CgroupnsMode"] = .string(cgroupnsMode)
        out["Dns"] = JSONValue(strings: dns)
        out["DnsOptions"] = JSONValue(strings: dnsOptions)
        out["DnsSearch"] = JSONValue(strings: dnsSearch)
        out["ExtraHosts"] = extraHosts.isEmpty ? .null : JSONValue(strings: extraHosts)
        out["GroupAdd"] = groupAdd.isEmpty ? .null : JSONValue(strings: groupAdd)
        out["IpcMode"] = .string(ipcMode)
        out["Cgroup"] = ""
        out["Links"] = .null
        out["OomScoreAdj"] = .integer(Int64(oomScoreAdj))
        out["PidMode"] = .string(pidMode)
        out["Privileged"] = .bool(privileged)
        out["PublishAllPorts"] = .bool(publishAllPorts)
        out["ReadonlyRootfs"] = .bool(readonlyRootfs)
        out["SecurityOpt"] = securityOptions.isEmpty ? .null : JSONValue(strings: securityOptions)
        out["UTSMode"] = .string(utsMode)
        out["UsernsMode"] = ""
        out["ShmSize"] = .integer(shmSizeBytes)
        if !sysctls.isEmpty { out["Sysctls"] = JSONValue(map: sysctls) }
        if initProcess { out["Init"] = true }
        out["Runtime"] = "skiff"
        out["Isolation"] = ""
        out["MaskedPaths"] = maskedPaths.map { JSONValue(strings: $0) } ?? .null
        out["ReadonlyPaths"] = readonlyPaths.map { JSONValue(strings: $0) } ?? .null
    }

    private var portBindingsJSON: JSONValue {
        var out = JSONObject()
        for (port, wishes) in portBindings.sorted(by: { $0.key < $1.key }) {
            out[port.description] = .array(
                wishes.map { ["HostIp": .string($0.address), "HostPort": .string($0.port)] }
            )
        }
        return .object(out)
    }
}
