import OCI

/// The mounts a request asks for, from all the ways it can ask. Pure: nothing is looked up or made.
enum MountPlan {
    private static let propagations: Set<String> = ["shared", "slave", "private", "rshared", "rslave", "rprivate"]
    /// Places that are the runtime's own.
    private static let forbiddenTargets: Set<String> = ["/", "/proc", "/sys"]

    /// All wished mounts, each target once, parents before children.
    /// - Parameter inherited: mounts of `VolumesFrom`, which give way to the request's own.
    /// - Throws: `.invalid` naming the mount.
    static func wishes(
        of request: ContainerRequest,
        inherited: [MountRequest] = []
    ) throws(RuntimeError) -> [MountRequest] {
        var byTarget: [String: MountRequest] = [:]
        for mount in inherited { byTarget[try target(of: mount.target)] = mount }
        var own = Set<String>()
        func add(_ mount: MountRequest) throws(RuntimeError) {
            var mount = mount
            mount.target = try target(of: mount.target)
            guard own.insert(mount.target).inserted else {
                throw RuntimeError(.invalid, "duplicate mount point: \(mount.target)")
            }
            byTarget[mount.target] = mount
        }
        for text in request.host.binds { try add(parse(bind: text)) }
        for mount in request.host.mounts { try add(checked(mount)) }
        for (path, options) in request.host.tmpfs.sorted(by: { $0.key < $1.key }) {
            var mount = MountRequest(kind: .tmpfs, target: path)
            mount.tmpfsOptions = options
            try add(mount)
        }
        for path in request.volumes {
            let clean = try target(of: path)
            // A path that is mounted already needs no volume of its own.
            if byTarget[clean] == nil { byTarget[clean] = MountRequest(kind: .volume, target: clean) }
        }
        return byTarget.values.sorted { left, right in
            let depths = (depth(left.target), depth(right.target))
            return depths.0 == depths.1 ? left.target < right.target : depths.0 < depths.1
        }
    }

    /// Reads `source:target[:options]`.
    static func parse(bind text: String) throws(RuntimeError) -> MountRequest {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), !parts[0].isEmpty else {
            throw RuntimeError(.invalid, "invalid volume specification: \"\(text)\": expected SOURCE:TARGET[:OPTIONS]")
        }
        let kind: MountRequest.Kind = parts[0].hasPrefix("/") ? .bind : .volume
        var mount = MountRequest(kind: kind, source: parts[0], target: parts[1])
        mount.createSource = kind == .bind
        for option in parts.count == 3 ? parts[2].split(separator: ",").map(String.init) : [] {
            switch option {
            case "ro": mount.readOnly = true
            // Sharing labels matter on SELinux hosts only, and consistency modes on other systems' file sharing.
            case "rw", "z", "Z", "consistent", "cached", "delegated": break
            case "nocopy" where kind == .volume: mount.noCopy = true
            case _ where propagations.contains(option) && kind == .bind: mount.propagation = option
            default: throw RuntimeError(.invalid, "invalid mode \"\(option)\" in volume specification \"\(text)\"")
            }
        }
        return try checked(mount)
    }

    private static func checked(_ mount: MountRequest) throws(RuntimeError) -> MountRequest {
        switch mount.kind {
        case .bind:
            guard mount.source.hasPrefix("/") else {
                throw RuntimeError(.invalid, "invalid mount: bind source \"\(mount.source)\" must be an absolute path")
            }
        case .volume:
            if !mount.source.isEmpty { _ = try VolumeReference.validate(mount.source) }
        case .tmpfs:
            guard mount.source.isEmpty else {
                throw RuntimeError(.invalid, "invalid mount: a tmpfs takes no source: \"\(mount.source)\"")
            }
        }
        guard mount.propagation.isEmpty || propagations.contains(mount.propagation) else {
            throw RuntimeError(.invalid, "invalid propagation mode \"\(mount.propagation)\"")
        }
        return mount
    }

    /// The cleaned target.
    private static func target(of path: String) throws(RuntimeError) -> String {
        let clean = PathText.clean(path)
        guard path.hasPrefix("/"), !forbiddenTargets.contains(clean) else {
            throw RuntimeError(
                .invalid, "invalid mount target \"\(path)\": it must be absolute and not /, /proc or /sys"
            )
        }
        return clean
    }

    private static func depth(_ path: String) -> Int { path.utf8.reduce(0) { $0 + ($1 == 47 ? 1 : 0) } }

    // MARK: - Specification

    /// The mount of the runtime specification for a wish whose source is known.
    static func specMount(_ mount: MountRequest, source: String) -> RuntimeSpec.Mount {
        switch mount.kind {
        case .bind, .volume:
            var options = [mount.nonRecursive ? "bind" : "rbind"]
            options.append(mount.propagation.isEmpty ? "rprivate" : mount.propagation)
            if mount.readOnly { options.append("ro") }
            return RuntimeSpec.Mount(destination: mount.target, type: "bind", source: source, options: options)
        case .tmpfs:
            var options = ["nosuid", "nodev", "noexec"]
            for option in mount.tmpfsOptions.split(separator: ",").map(String.init) {
                // The user's word replaces the safe default.
                if ["exec", "suid", "dev"].contains(option) { options.removeAll { $0 == "no" + option } }
                if !options.contains(option) { options.append(option) }
            }
            if mount.tmpfsSizeBytes > 0 { options.append("size=\(mount.tmpfsSizeBytes)") }
            if mount.tmpfsMode > 0 { options.append("mode=\(String(mount.tmpfsMode, radix: 8))") }
            if mount.readOnly { options.append("ro") }
            return RuntimeSpec.Mount(destination: mount.target, type: "tmpfs", source: "tmpfs", options: options)
        }
    }
}

/// Names of volumes.
enum VolumeReference {
    /// Checks `[a-zA-Z0-9][a-zA-Z0-9_.-]*`.
    static func validate(_ name: String) throws(RuntimeError) -> String {
        let bytes = Array(name.utf8)
        let word = { (byte: UInt8) in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        guard let first = bytes.first, word(first), bytes.count <= 255,
            bytes.allSatisfy({ word($0) || $0 == 95 || $0 == 46 || $0 == 45 })
        else {
            throw RuntimeError(
                .invalid,
                "\"\(name)\" is not a volume name: only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed; "
                    + "for a directory of the host use an absolute path"
            )
        }
        return name
    }
}

/// Paths as text.
enum PathText {
    /// Drops empty, `.` and `..` elements; the result is absolute and never leaves the root.
    static func clean(_ path: String) -> String {
        var out: [Substring] = []
        for element in path.split(separator: "/") where element != "." {
            if element == ".." { _ = out.popLast() } else { out.append(element) }
        }
        return "/" + out.joined(separator: "/")
    }
}
