import Document
import SystemLinux

/// Lists and maps of the command line as JSON.
enum ListText {
    static func json(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }

    /// `{"a": {}}`.
    static func set(_ names: [String]) -> JSONObject {
        var out = JSONObject()
        for name in names { out[name] = [:] }
        return out
    }

    /// `key=value` texts as an object; a bare key has an empty value.
    static func map(_ pairs: [String]) -> JSONValue {
        var out = JSONObject()
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            out[parts[0]] = .string(parts.count > 1 ? parts[1] : "")
        }
        return .object(out)
    }

    /// Lines of files without comments and blanks.
    static func lines(of files: [String]) throws -> [String] {
        try files.flatMap { file in
            try File.readText(file, limit: 1 << 20).split(whereSeparator: \.isNewline)
                .map { TemplateParser.trim($0) }
                .filter { !$0.isEmpty && !$0.hasPrefix("#") }
        }
    }

    /// Variables of files and options; a bare name takes the value it has here, or is left out.
    static func environment(files: [String], _ options: [String]) throws -> [String] {
        let all = try lines(of: files) + options
        return all.compactMap { entry in
            if entry.contains("=") { return entry }
            return ProcessEnvironment.value(entry).map { "\(entry)=\($0)" }
        }
    }
}

/// One `-p`.
struct PublishedPort {
    /// Address to listen on, empty for the default.
    let address: String
    /// Port on the host, empty for a free one.
    let host: String
    /// `80/tcp`.
    let container: String

    /// Reads `[address:][port:]port[/transport]`; ranges of the same length on both sides give several.
    static func parse(_ text: String) throws -> [PublishedPort] {
        let slash = text.split(separator: "/", maxSplits: 1).map(String.init)
        let transport = slash.count > 1 ? slash[1].lowercased() : "tcp"
        var rest = slash.first ?? ""
        var address = ""
        if rest.hasPrefix("["), let close = rest.firstIndex(of: "]") {
            address = String(rest[rest.index(after: rest.startIndex)..<close])
            rest = String(rest[rest.index(after: close)...].drop { $0 == ":" })
        }
        var parts = rest.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 3, address.isEmpty { address = parts.removeFirst() }
        guard let inside = parts.last, parts.count <= 2, ["tcp", "udp", "sctp"].contains(transport) else {
            throw malformed(text)
        }
        let outside = parts.count == 2 ? parts[0] : ""
        let containerPorts = try range(inside, of: text)
        let hostPorts = outside.isEmpty ? [] : try range(outside, of: text)
        if containerPorts.count == 1 {
            return [PublishedPort(address: address, host: outside, container: "\(inside)/\(transport)")]
        }
        guard hostPorts.isEmpty || hostPorts.count == containerPorts.count else {
            throw CommandFailure("invalid -p \"\(text)\": both ranges must have the same length")
        }
        return containerPorts.enumerated().map { index, port in
            PublishedPort(
                address: address, host: hostPorts.isEmpty ? "" : String(hostPorts[index]),
                container: "\(port)/\(transport)"
            )
        }
    }

    private static func range(_ text: String, of whole: String) throws -> [UInt16] {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else {
            throw malformed(whole)
        }
        return Array(first...last)
    }

    private static func malformed(_ text: String) -> CommandFailure {
        CommandFailure("invalid -p \"\(text)\": expected [ADDRESS:][PORT:]PORT[/tcp|udp], such as 8000:8000")
    }
}

/// One `--mount`.
enum MountText {
    static func json(_ text: String) throws -> JSONObject {
        var type = "volume"
        var out = JSONObject()
        var bind = JSONObject()
        var volume = JSONObject()
        var memory = JSONObject()
        for field in text.split(separator: ",").map(String.init) {
            let parts = field.split(separator: "=", maxSplits: 1).map(String.init)
            let key = parts[0].lowercased()
            let value = parts.count > 1 ? parts[1] : ""
            let isOn = value.isEmpty || ["1", "true"].contains(value.lowercased())
            switch key {
            case "type": type = value
            case "source", "src": out["Source"] = .string(value)
            case "target", "dst", "destination": out["Target"] = .string(value)
            case "readonly", "ro": out["ReadOnly"] = .bool(isOn)
            case "bind-propagation": bind["Propagation"] = .string(value)
            case "bind-nonrecursive": bind["NonRecursive"] = .bool(isOn)
            case "bind-create-src": bind["CreateMountpoint"] = .bool(isOn)
            case "volume-nocopy": volume["NoCopy"] = .bool(isOn)
            case "tmpfs-size": memory["SizeBytes"] = .integer(try Quantity.bytes(value))
            case "tmpfs-mode": memory["Mode"] = .integer(Int64(value, radix: 8) ?? 0)
            default: throw CommandFailure("invalid --mount \"\(text)\": the field \"\(key)\" is not supported")
            }
        }
        out["Type"] = .string(type)
        if !bind.isEmpty { out["BindOptions"] = .object(bind) }
        if !volume.isEmpty { out["VolumeOptions"] = .object(volume) }
        if !memory.isEmpty { out["TmpfsOptions"] = .object(memory) }
        return out
    }
}

/// The limits of the command line as `HostConfig` fields.
enum ResourceText {
    static func append(_ options: ResourceOptions, to out: inout JSONObject) throws {
        for (key, text) in [
            ("Memory", options.memory), ("MemorySwap", options.memorySwap),
            ("MemoryReservation", options.memoryReservation),
        ] {
            if let text { out[key] = .integer(text == "-1" ? -1 : try Quantity.bytes(text)) }
        }
        for (key, number) in [
            ("MemorySwappiness", options.memorySwappiness), ("OomScoreAdj", options.oomScoreAdj),
            ("CpuShares", options.cpuShares), ("CpuPeriod", options.cpuPeriod), ("CpuQuota", options.cpuQuota),
            ("PidsLimit", options.pidsLimit), ("BlkioWeight", options.blkioWeight),
        ] {
            if let number { out[key] = .integer(number) }
        }
        if options.oomKillDisable { out["OomKillDisable"] = true }
        if let cpus = options.cpus { out["NanoCpus"] = .integer(Int64(cpus * 1_000_000_000)) }
        if let list = options.cpusetCpus { out["CpusetCpus"] = .string(list) }
        if let list = options.cpusetMems { out["CpusetMems"] = .string(list) }
        if let parent = options.cgroupParent { out["CgroupParent"] = .string(parent) }
        if !options.deviceCgroupRule.isEmpty { out["DeviceCgroupRules"] = ListText.json(options.deviceCgroupRule) }
        for (key, list) in [
            ("BlkioDeviceReadBps", options.deviceReadBps), ("BlkioDeviceWriteBps", options.deviceWriteBps),
            ("BlkioDeviceReadIOps", options.deviceReadIops), ("BlkioDeviceWriteIOps", options.deviceWriteIops),
        ] where !list.isEmpty {
            out[key] = .array(try list.map { .object(try throttle($0)) })
        }
        if !options.device.isEmpty { out["Devices"] = .array(options.device.map { .object(device($0)) }) }
        if !options.ulimit.isEmpty { out["Ulimits"] = .array(try options.ulimit.map { .object(try ulimit($0)) }) }
    }

    private static func throttle(_ text: String) throws -> JSONObject {
        guard let colon = text.lastIndex(of: ":") else {
            throw CommandFailure("invalid device limit \"\(text)\": expected DEVICE:NUMBER")
        }
        let rate = try Quantity.bytes(String(text[text.index(after: colon)...]))
        return ["Path": .string(String(text[..<colon])), "Rate": .integer(rate)]
    }

    private static func device(_ text: String) -> JSONObject {
        let parts = text.split(separator: ":").map(String.init)
        let isMode = { (text: String) in !text.isEmpty && text.allSatisfy { "rwm".contains($0) } }
        var inside = parts.first ?? ""
        var mode = "rwm"
        if parts.count > 1 { if isMode(parts[1]) { mode = parts[1] } else { inside = parts[1] } }
        if parts.count > 2 { mode = parts[2] }
        return [
            "PathOnHost": .string(parts.first ?? ""), "PathInContainer": .string(inside),
            "CgroupPermissions": .string(mode),
        ]
    }

    private static func ulimit(_ text: String) throws -> JSONObject {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        let limits = parts.count == 2 ? parts[1].split(separator: ":").map { Int64($0) } : []
        guard let soft = limits.first ?? nil, let hard = limits.last ?? nil else {
            throw CommandFailure("invalid --ulimit \"\(text)\": expected NAME=SOFT[:HARD]")
        }
        return ["Name": .string(parts[0]), "Soft": .integer(soft), "Hard": .integer(hard)]
    }
}

/// Sizes and durations of the command line.
enum Quantity {
    /// `64m`, `1.5g`, `512`: powers of 1024.
    static func bytes(_ text: String) throws -> Int64 {
        let lower = text.lowercased()
        let digits = lower.prefix { $0.isNumber || $0 == "." }
        var unit = lower.dropFirst(digits.count)
        if unit.hasSuffix("ib") { unit = unit.dropLast(2) } else if unit.hasSuffix("b") { unit = unit.dropLast() }
        let factors: [Substring: Double] = [
            "": 1, "k": 1024, "m": 1_048_576, "g": 1_073_741_824, "t": 1_099_511_627_776,
        ]
        guard let number = Double(digits), let factor = factors[unit], number * factor < 9e18 else {
            throw CommandFailure("invalid size \"\(text)\": expected a number with an optional k, m, g or t")
        }
        return Int64(number * factor)
    }

    /// `30s`, `1m30s`, `500ms`.
    static func nanoseconds(_ text: String) throws -> Int64 {
        let scales: [Substring: Double] = ["ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9]
        var rest = text[...]
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            let unit = rest.dropFirst(digits.count).prefix { !$0.isNumber && $0 != "." }
            guard let number = Double(digits), let scale = scales[unit] else { break }
            total += number * scale
            rest = rest.dropFirst(digits.count + unit.count)
        }
        guard rest.isEmpty, !text.isEmpty, total < 9e18 else {
            throw CommandFailure("invalid duration \"\(text)\": expected a number with ms, s, m or h")
        }
        return Int64(total)
    }
}
