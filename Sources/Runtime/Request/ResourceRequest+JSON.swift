import Document

extension ResourceRequest {
    /// Reads the body of `POST /containers/{id}/update` without its restart policy.
    public init(updateJSON json: JSONValue) throws(RuntimeError) {
        var fields = try FieldReader(json, path: "")
        try self.init(&fields)
        _ = fields.value("RestartPolicy")
        try fields.finish()
    }

    /// Reads the limits that Docker spreads over `HostConfig`.
    init(_ fields: inout FieldReader) throws(RuntimeError) {
        self.init()
        memoryBytes = try fields.integer("Memory") ?? 0
        memorySwapBytes = try fields.integer("MemorySwap") ?? 0
        memoryReservationBytes = try fields.integer("MemoryReservation") ?? 0
        memorySwappiness = try fields.integer("MemorySwappiness")
        oomKillDisable = try fields.bool("OomKillDisable") ?? false
        nanoCPUs = try fields.integer("NanoCpus") ?? 0
        cpuShares = try fields.integer("CpuShares") ?? 0
        cpuPeriodMicroseconds = try fields.integer("CpuPeriod") ?? 0
        cpuQuotaMicroseconds = try fields.integer("CpuQuota") ?? 0
        cpusetCPUs = try fields.string("CpusetCpus") ?? ""
        cpusetMems = try fields.string("CpusetMems") ?? ""
        pidsLimit = try fields.integer("PidsLimit")
        blkioWeight = try fields.integer("BlkioWeight") ?? 0
        for kind in BlkioThrottle.Kind.allCases {
            for reader in try fields.objects(kind.rawValue) {
                var entry = reader
                blkioThrottle.append(
                    BlkioThrottle(
                        kind: kind, path: try entry.string("Path") ?? "", rate: try entry.integer("Rate") ?? 0)
                )
                try entry.finish()
            }
        }
        cgroupParent = try fields.string("CgroupParent") ?? ""
        for reader in try fields.objects("Devices") {
            var device = reader
            devices.append(
                DeviceRequest(
                    pathOnHost: try device.string("PathOnHost") ?? "",
                    pathInContainer: try device.string("PathInContainer") ?? "",
                    permissions: try device.string("CgroupPermissions") ?? "rwm"
                )
            )
            try device.finish()
        }
        deviceCgroupRules = try fields.strings("DeviceCgroupRules") ?? []
        for reader in try fields.objects("Ulimits") {
            var limit = reader
            ulimits.append(
                UlimitRequest(
                    name: try limit.string("Name") ?? "",
                    soft: try limit.integer("Soft") ?? 0,
                    hard: try limit.integer("Hard") ?? 0
                )
            )
            try limit.finish()
        }
    }

    /// Writes the limits into `HostConfig`.
    func append(to out: inout JSONObject) {
        out["CpuShares"] = .integer(cpuShares)
        out["Memory"] = .integer(memoryBytes)
        out["NanoCpus"] = .integer(nanoCPUs)
        out["CgroupParent"] = .string(cgroupParent)
        out["BlkioWeight"] = .integer(blkioWeight)
        for kind in BlkioThrottle.Kind.allCases {
            let entries = blkioThrottle.filter { $0.kind == kind }
            out[kind.rawValue] = .array(entries.map { ["Path": .string($0.path), "Rate": .integer($0.rate)] })
        }
        out["CpuPeriod"] = .integer(cpuPeriodMicroseconds)
        out["CpuQuota"] = .integer(cpuQuotaMicroseconds)
        out["CpusetCpus"] = .string(cpusetCPUs)
        out["CpusetMems"] = .string(cpusetMems)
        out["Devices"] = .array(
            devices.map {
                [
                    "PathOnHost": .string($0.pathOnHost), "PathInContainer": .string($0.pathInContainer),
                    "CgroupPermissions": .string($0.permissions),
                ]
            }
        )
        out["DeviceCgroupRules"] = deviceCgroupRules.isEmpty ? .null : JSONValue(strings: deviceCgroupRules)
        out["MemoryReservation"] = .integer(memoryReservationBytes)
        out["MemorySwap"] = .integer(memorySwapBytes)
        out["MemorySwappiness"] = memorySwappiness.map { .integer($0) } ?? .null
        out["OomKillDisable"] = .bool(oomKillDisable)
        out["PidsLimit"] = pidsLimit.map { .integer($0) } ?? .null
        out["Ulimits"] = .array(
            ulimits.map { ["Name": .string($0.name), "Hard": .integer($0.hard), "Soft": .integer($0.soft)] }
        )
    }
}
