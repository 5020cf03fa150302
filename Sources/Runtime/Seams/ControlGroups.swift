import Keeper
import OCI
import SystemLinux

/// What the engine asks of control groups. `HostControlGroups` is the real one; tests bring their own. Calls block.
/// Paths are absolute within every hierarchy: `/skiff/default/<id>`.
public protocol ControlGroups: Sendable {
    /// Makes the group with its limits; answers the directories to join.
    /// - Throws: `LinuxError` naming the controller that is missing or the file that refused.
    func make(_ path: String, resources: RuntimeSpec.Resources?) throws -> CgroupPlacement
    /// The directories of a group that exists.
    func placement(_ path: String) throws -> CgroupPlacement
    /// Changes the limits of a group that exists.
    func update(_ path: String, resources: RuntimeSpec.Resources) throws
    /// Removes an empty group; a missing one is fine.
    func remove(_ path: String) throws
    /// Stops or resumes every process of the group; returns when they are.
    func freeze(_ path: String, _ frozen: Bool) throws
    /// Process ids in the group, as the host counts; empty for a missing one.
    func processes(_ path: String) throws -> [Int32]
    /// Kills every process of the group.
    func killAll(_ path: String) throws
    /// What the group uses now.
    func usage(_ path: String) throws -> CgroupStatistics
    /// Names of the groups directly below a path.
    func children(_ path: String) throws -> [String]
}

extension ControlGroups {
    /// Kills what is left in a group (children of a program that shared the host's pid namespace), then removes it.
    func removeWithProcesses(_ path: String) throws {
        if try !processes(path).isEmpty { try killAll(path) }
        try remove(path)
    }
}
