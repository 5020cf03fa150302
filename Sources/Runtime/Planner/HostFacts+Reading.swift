import SystemLinux

extension HostFacts {
    /// Reads the facts from proc and sysfs. Blocks.
    public static func read() throws(LinuxError) -> HostFacts {
        let status = try File.readText("/proc/self/status", limit: 64 * 1024)
        let mask =
            status.split(separator: "\n")
            .first { $0.hasPrefix("CapBnd:") }
            .flatMap { UInt64($0.dropFirst(7).drop { $0 == " " || $0 == "\t" }, radix: 16) } ?? 0
        let names = ContainerDefaults.allCapabilities.enumerated().filter { mask & (1 << UInt64($0.offset)) != 0 }
        let online = (try? File.readText("/sys/devices/system/cpu/online", limit: 4096)) ?? "0"
        return HostFacts(
            cpuCount: max(1, countCPUs(online)),
            cgroupUnified: (try? File.filesystem("/sys/fs/cgroup").isCgroup2) ?? false,
            capabilities: names.map(\.element),
            thermalThrottlePaths: thermalThrottlePaths()
        )
    }

    /// The host's own name, nil when the kernel doesn't say.
    static func hostname() -> String? {
        let text = try? File.readText("/proc/sys/kernel/hostname", limit: 4096)
        return text.map { String($0.prefix { !$0.isNewline }) }
    }

    /// Counts `0-3,7`.
    static func countCPUs(_ list: String) -> Int {
        list.prefix { !$0.isNewline }.split(separator: ",").reduce(0) { sum, part in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, last >= first else { return sum }
            return sum + last - first + 1
        }
    }

    /// Directories that tell about the host's thermal events (docker-oci.md §3.2).
    private static func thermalThrottlePaths() -> [String] {
        let root = "/sys/devices/system/cpu"
        let entries = (try? Directory.entries(root)) ?? []
        return entries.map(\.name)
            .filter { $0.hasPrefix("cpu") && Int($0.dropFirst(3)) != nil }
            .map { "\(root)/\($0)/thermal_throttle" }
            .filter { File.exists($0) }
            .sorted()
    }
}

/// Device nodes of the host. Calls block.
enum HostDevices {
    /// Looks the wished devices up; a directory gives every device below it. Privileged containers get all of /dev.
    static func find(_ wishes: [DeviceRequest], privileged: Bool) throws -> [ResourcePlan.FoundDevice] {
        var out: [ResourcePlan.FoundDevice] = []
        for wish in wishes { out += try find(wish) }
        if privileged {
            let known = Set(out.map(\.request.pathInContainer))
            let all = try find(DeviceRequest(pathOnHost: "/dev", pathInContainer: "/dev"))
            out += all.filter { !known.contains($0.request.pathInContainer) && !isOwn($0.request.pathInContainer) }
        }
        return out
    }

    /// Nodes that every container gets fresh ones of.
    private static func isOwn(_ path: String) -> Bool {
        let own = ["/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/console", "/dev/ptmx"]
        let standard = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"]
        return standard.contains(path) || own.contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    private static func find(_ wish: DeviceRequest) throws -> [ResourcePlan.FoundDevice] {
        let status: FileStatus
        do {
            status = try File.status(wish.pathOnHost)
        } catch {
            throw RuntimeError(.invalid, "no such device on this host: \(wish.pathOnHost)", cause: error)
        }
        let target = wish.pathInContainer.isEmpty ? wish.pathOnHost : wish.pathInContainer
        let permissions = wish.permissions.isEmpty ? "rwm" : wish.permissions
        guard permissions.allSatisfy({ "rwm".contains($0) }) else {
            throw RuntimeError(.invalid, "invalid device permissions \"\(permissions)\": use letters of rwm")
        }
        func device(_ path: String, _ inside: String, _ status: FileStatus) -> ResourcePlan.FoundDevice? {
            guard status.kind == .characterDevice || status.kind == .blockDevice else { return nil }
            return ResourcePlan.FoundDevice(
                request: DeviceRequest(pathOnHost: path, pathInContainer: inside, permissions: permissions),
                type: status.kind == .characterDevice ? "c" : "b", major: Int64(status.nodeMajor),
                minor: Int64(status.nodeMinor), mode: status.mode & 0o777, uid: status.userID, gid: status.groupID
            )
        }
        if let single = device(wish.pathOnHost, PathText.clean(target), status) { return [single] }
        guard status.kind == .directory else {
            throw RuntimeError(.invalid, "\(wish.pathOnHost) is not a device")
        }
        var out: [ResourcePlan.FoundDevice] = []
        try Directory.walk(wish.pathOnHost) { relative, status in
            let inside = PathText.clean("\(target)/\(relative)")
            if let found = device("\(wish.pathOnHost)/\(relative)", inside, status) { out.append(found) }
            return true
        }
        return out
    }

    /// Major and minor numbers of block devices, for throttling.
    static func blockNumbers(of paths: [String]) throws -> [String: (major: Int64, minor: Int64)] {
        var out: [String: (major: Int64, minor: Int64)] = [:]
        for path in paths {
            let status = try File.status(path)
            guard status.kind == .blockDevice else {
                throw RuntimeError(.invalid, "\(path) is not a block device, so it cannot be throttled")
            }
            out[path] = (Int64(status.nodeMajor), Int64(status.nodeMinor))
        }
        return out
    }
}
