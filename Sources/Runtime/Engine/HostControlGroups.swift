import Keeper
import OCI
import SystemLinux

/// The control groups of this host. Calls block.
public struct HostControlGroups: ControlGroups {
    private let driver: CgroupDriver

    /// Finds the host's hierarchies.
    /// - Throws: `LinuxError` `.unsupported` when there are none.
    public init() throws(LinuxError) {
        driver = try CgroupDriver()
    }

    /// Makes the group with its limits.
    /// - Throws: `LinuxError` `.unsupported` naming the controllers that a limit needs and the host lacks.
    public func make(_ path: String, resources: RuntimeSpec.Resources?) throws -> CgroupPlacement {
        let group = try driver.create(path)
        do {
            if let resources { try apply(resources, to: group) }
        } catch {
            // The group is empty, so it can go; the first error is the one that matters.
            try? group.remove()
            throw error
        }
        return CgroupPlacement(group)
    }

    /// The directories of a group.
    public func placement(_ path: String) throws -> CgroupPlacement {
        CgroupPlacement(driver.group(path))
    }

    /// Changes the limits of a group.
    public func update(_ path: String, resources: RuntimeSpec.Resources) throws {
        try apply(resources, to: driver.group(path))
    }

    private func apply(_ resources: RuntimeSpec.Resources, to group: Cgroup) throws {
        let missing = try group.apply(CgroupLimits(oci: resources))
        guard missing.isEmpty else {
            throw LinuxError(
                code: .unsupported, call: "limit", argument: group.path,
                detail: "this host has no \(missing.joined(separator: ", ")) controller; leave that limit out"
            )
        }
    }

    /// Removes a group.
    public func remove(_ path: String) throws { try driver.group(path).remove() }

    /// Freezes or thaws a group.
    public func freeze(_ path: String, _ frozen: Bool) throws { try driver.group(path).setFrozen(frozen) }

    /// The processes of a group.
    public func processes(_ path: String) throws -> [Int32] {
        let group = driver.group(path)
        return group.exists ? try group.processes() : []
    }

    /// Kills the processes of a group.
    public func killAll(_ path: String) throws { try driver.group(path).killAll() }

    /// What a group uses.
    public func usage(_ path: String) throws -> CgroupStatistics { driver.group(path).statistics() }

    /// Names of the groups below a path, in any hierarchy.
    public func children(_ path: String) throws -> [String] {
        var names = Set<String>()
        for directory in driver.group(path).directories where File.exists(directory) {
            for entry in try Directory.entries(directory) where entry.kind == .directory { names.insert(entry.name) }
        }
        return names.sorted()
    }
}
