import CLinux
import Glibc
import SystemLinux

/// What a container sees at /sys/fs/cgroup: its own groups, read-only unless asked otherwise, so that no release
/// agent can be set (CVE-2022-0492).
struct CgroupView {
    let root: RootedPath
    let setup: ContainerSetup
    let cgroup: CgroupPlacement

    func mount(_ mount: MountSetup) throws(LinuxError) {
        let target = try root.makeDirectory(mount.destination)
        if cgroup.legacy.isEmpty {
            try unified(mount, at: target)
        } else {
            try perController(mount, at: target)
        }
    }

    private func unified(_ mount: MountSetup, at target: OwnedFD) throws(LinuxError) {
        let fresh = try FilesystemContext("cgroup2").mount(attributes: mount.set)
        try Mount.attach(fresh, at: target, name: mount.destination)
    }

    /// A tmpfs with one directory per v1 tree, each a bind of the container's own group.
    private func perController(_ mount: MountSetup, at target: OwnedFD) throws(LinuxError) {
        let context = try FilesystemContext("tmpfs")
        try context.set("mode", "755")
        let flags = SKIFF_MOUNT_ATTR_NOSUID | SKIFF_MOUNT_ATTR_NODEV | SKIFF_MOUNT_ATTR_NOEXEC
        let base = try context.mount(attributes: flags)
        try Mount.attach(base, at: target, name: mount.destination)
        let inside = RootedPath(root: base)
        var places: [String: String] = [:]
        for (controller, directory) in cgroup.legacy.sorted(by: { $0.key < $1.key }) {
            let name = controller.hasPrefix("name=") ? String(controller.dropFirst(5)) : controller
            if let first = places[directory] {
                // Two controllers in one tree (cpu,cpuacct): the second is a link to the first.
                _ = try outcome(skiff_symlinkat(first, base.raw, name)).orThrow("symlink", name)
                continue
            }
            places[directory] = name
            try bind(directory, name, inside, mount)
        }
        if let directory = cgroup.unified { try bind(directory, "unified", inside, mount) }
        try Mount.change(base, set: mount.set & SKIFF_MOUNT_ATTR_RDONLY, name: mount.destination)
    }

    private func bind(
        _ directory: String, _ name: String, _ inside: RootedPath, _ mount: MountSetup
    ) throws(LinuxError) {
        let copy = try Mount.copy(directory, recursive: false)
        try Mount.change(
            copy, set: mount.set & ~SKIFF_MOUNT_ATTR__ATIME, propagation: SKIFF_MS_PRIVATE, name: directory
        )
        try Mount.attach(copy, at: try inside.makeDirectory(name), name: directory)
    }
}
