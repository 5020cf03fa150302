import CLinux
import Glibc

/// Makes control groups on this host, whatever its arrangement: unified (v2), per controller (v1), or both.
public struct CgroupDriver: Sendable {
    /// The host's trees.
    public let hierarchies: CgroupHierarchies

    /// Works on given trees (tests point them into a scratch directory).
    public init(hierarchies: CgroupHierarchies) {
        self.hierarchies = hierarchies
    }

    /// Works on this host's trees. Throws `unsupported` when none is mounted.
    public init() throws(LinuxError) {
        hierarchies = try CgroupHierarchies.detect()
        guard hierarchies.mode != .none else {
            throw LinuxError(
                code: .unsupported, call: "cgroup", argument: "/sys/fs/cgroup",
                detail: "no control group file system is mounted; mount cgroup2 there"
            )
        }
    }

    /// Names the group at `path` (`/skiff/default/ID`) without making it.
    public func group(_ path: String) -> Cgroup {
        Cgroup(path: path, hierarchies: hierarchies)
    }

    /// Makes the group at `path` in every tree, with those above it; existing ones are fine. In the unified tree every
    /// controller that the root offers is handed down the path.
    public func create(_ path: String) throws(LinuxError) -> Cgroup {
        let group = group(path)
        for (controller, directory) in group.legacyDirectories {
            try Directory.make(directory)
            if controller == "cpuset" { try inheritCpuset(path) }
        }
        if let root = hierarchies.unified {
            try delegate(path, root: root)
            try Directory.make(root + path)
        }
        return group
    }

    /// Controllers of the unified tree that can be limited at its root.
    public func unifiedControllers() -> [String] {
        guard let root = hierarchies.unified, let text = try? File.readText("\(root)/cgroup.controllers") else {
            return []
        }
        return text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// A v1 cpuset starts empty, and no process can join an empty one: copy the parent's, from the top down.
    private func inheritCpuset(_ path: String) throws(LinuxError) {
        guard let root = hierarchies.legacy["cpuset"] else { return }
        var directory = root
        for component in path.split(separator: "/") {
            let child = "\(directory)/\(component)"
            for file in ["cpuset.cpus", "cpuset.mems"] {
                guard try File.readText("\(child)/\(file)").allSatisfy(\.isWhitespace) else { continue }
                try File.writeControl("\(child)/\(file)", try File.readText("\(directory)/\(file)"))
            }
            directory = child
        }
    }

    /// Enables the controllers in `cgroup.subtree_control` of every group above the last.
    private func delegate(_ path: String, root: String) throws(LinuxError) {
        var directory = root
        for component in path.split(separator: "/") {
            let offered = (try? File.readText("\(directory)/cgroup.controllers")) ?? ""
            for controller in offered.split(whereSeparator: \.isWhitespace) {
                // One by one: a controller that cannot be enabled (busy, real-time tasks) must not stop the others;
                // what is missing then shows when a limit needs it.
                try? File.writeControl("\(directory)/cgroup.subtree_control", "+\(controller)")
            }
            directory += "/\(component)"
            try Directory.make(directory)
        }
    }
}
