import Document
import SystemLinux

/// Makes and removes a pod's volumes on the host. Calls block; the worker runs them on the blocking pool.
struct PodVolumes: Sendable {
    let directories: PodDirectories
    let podUID: String
    /// The group that owns the volumes, `fsGroup` of the pod's security context.
    let groupID: UInt32?

    init(directories: PodDirectories, spec: PodSpec) {
        self.directories = directories
        podUID = spec.uid
        groupID = spec.json["securityContext", "fsGroup"]?.intValue.map { UInt32(truncatingIfNeeded: $0) }
    }

    /// Makes or refreshes every volume; returns where each is, by name.
    func make(_ plans: [(name: String, plan: VolumePlan)], stamp: String) throws -> [String: String] {
        var paths: [String: String] = [:]
        for (name, plan) in plans {
            do {
                paths[name] = try make(plan, name: name, stamp: stamp)
            } catch {
                throw NodeError(.volumeUnavailable, "MountVolume.SetUp failed for volume \"\(name)\"", cause: error)
            }
        }
        return paths
    }

    private func make(_ plan: VolumePlan, name: String, stamp: String) throws -> String {
        switch plan {
        case .scratch:
            let path = directories.scratchVolume(name, of: podUID)
            if !Directory.isDirectory(path) { try makeScratch(path) }
            return path
        case .memory(let limitBytes):
            let path = directories.memoryVolume(name, of: podUID)
            if !Directory.isDirectory(path) {
                try Directory.make(path, mode: 0o700)
                try mountMemory(at: path, limitBytes: limitBytes)
                try own(path, mode: 0o777)
            }
            return path
        case .host(let path, let type):
            try HostPathCheck.check(path, type: type)
            return path
        case .payload(let files):
            let path = directories.memoryVolume(name, of: podUID)
            let readable = groupID == nil ? files : files.map(Self.readableByGroup)
            try AtomicDirectory(path: path).replace(with: readable, stamp: stamp, groupID: groupID)
            return path
        }
    }

    /// A file system of its own in memory, so that its size is bounded by the kernel.
    private func mountMemory(at path: String, limitBytes: Int64?) throws {
        let filesystem = try FilesystemContext("tmpfs")
        if let limitBytes { try filesystem.set("size", String(max(4096, limitBytes))) }
        try filesystem.set("mode", "0777")
        try Mount.attach(try filesystem.mount(), at: path)
    }

    /// With an `fsGroup` the group may read what the owner may (volume ownership management of the kubelet).
    private static func readableByGroup(_ file: VolumeFile) -> VolumeFile {
        var file = file
        file.mode |= (file.mode & 0o400) >> 3
        return file
    }

    private func makeScratch(_ path: String) throws {
        try Directory.make(path, mode: 0o777)
        try own(path, mode: 0o777)
    }

    /// Opens the directory to everyone, and to the pod's group with inheritance.
    private func own(_ path: String, mode: UInt32) throws {
        // The set-group-ID bit makes new files belong to the group.
        try File.setMode(path, groupID == nil ? mode : mode | 0o2000)
        if let groupID { try File.setOwner(path, userID: 0, groupID: groupID) }
    }

    /// Removes everything of the pod; what is not there is no error.
    func removeAll() throws {
        let root = directories.runRoot(of: podUID)
        let volumes = "\(root)/volumes"
        if Directory.isDirectory(volumes) {
            for entry in try Directory.entries(volumes) where entry.kind == .directory {
                let path = "\(volumes)/\(entry.name)"
                // A mount point is on another file system than the directory that holds it.
                if try File.status(path).device != File.status(volumes).device { try Mount.unmount(path) }
            }
        }
        for path in [root, directories.stateRoot(of: podUID)] where Directory.isDirectory(path) {
            try Directory.removeTree(path)
        }
    }

    /// The path of a mount below a volume (`subPath`), made if it is missing; never outside the volume.
    static func resolve(subPath: String, in volume: String) throws -> String {
        if subPath.isEmpty { return volume }
        let parts = subPath.split(separator: "/").map(String.init)
        guard !subPath.hasPrefix("/"), !parts.contains("..") else {
            throw NodeError(.volumeUnavailable, "subPath \"\(subPath)\" must be relative and not contain '..'")
        }
        let root = RootedPath(root: try File.open(volume, [.path, .directory]))
        if case .success(let found) = root.tryOpen(subPath) { return try Self.path(of: OwnedFD(found)) }
        return try Self.path(of: try root.makeDirectory(subPath, mode: 0o750))
    }

    /// The real path of what was opened: links inside the volume were followed within it (CVE-2017-1002101).
    private static func path(of descriptor: OwnedFD) throws -> String {
        try File.readLink("/proc/self/fd/\(descriptor.raw)")
    }
}
