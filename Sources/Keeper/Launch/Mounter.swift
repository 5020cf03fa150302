import CLinux
import Glibc
import SystemLinux

/// Makes the mounts of a container, in the order of the plan. Targets are found inside the root by descriptor
/// (openat2 RESOLVE_IN_ROOT, no magic links), so a link in the image or a volume cannot lead outside, and nobody can
/// swap one between look-up and mount (CVE-2021-30465).
struct Mounter {
    let root: RootedPath
    let setup: ContainerSetup
    let cgroup: CgroupPlacement

    func mount(_ mount: MountSetup) throws(LinuxError) {
        switch mount.kind {
        case .bind(let recursive): try bind(mount, recursive: recursive)
        case .filesystem(let type): try filesystem(mount, type: type)
        case .cgroup: try CgroupView(root: root, setup: setup, cgroup: cgroup).mount(mount)
        }
    }

    private func bind(_ mount: MountSetup, recursive: Bool) throws(LinuxError) {
        let copy = try Mount.copy(mount.source, recursive: recursive)
        let status = try copy.status()
        let target =
            status.kind == .directory
            ? try root.makeDirectory(mount.destination) : try root.makeFile(mount.destination)
        if mount.copiesUp, status.kind == .directory { try copyUp(from: target, to: copy, mount: mount) }
        // Attributes before attaching: at no time is a read-only bind writable inside.
        try Mount.change(copy, set: mount.set, clear: mount.clear, name: mount.destination)
        try Mount.change(
            copy, set: mount.recursiveSet, clear: mount.recursiveClear, recursive: true, name: mount.destination
        )
        // A copy of a shared mount is shared too: without a wish it becomes private, as Docker's default is.
        let propagation = mount.propagation == 0 ? SKIFF_MS_PRIVATE | SKIFF_MS_REC : mount.propagation
        try Mount.change(
            copy, propagation: propagation & ~SKIFF_MS_REC, recursive: propagation & SKIFF_MS_REC != 0,
            name: mount.destination
        )
        try Mount.attach(copy, at: target, name: mount.destination)
    }

    private func filesystem(_ mount: MountSetup, type: String) throws(LinuxError) {
        // proc and sysfs over a link or a volume would be a fake for everything that trusts them later
        // (CVE-2019-16884, CVE-2019-19921, CVE-2023-27561): the path itself must be a plain directory.
        if type == "proc" || type == "sysfs" { try refuseLink(mount.destination) }
        let target = try root.makeDirectory(mount.destination)
        let context = try FilesystemContext(type)
        if !mount.source.isEmpty { try context.set("source", mount.source) }
        for parameter in mount.parameters { try context.set(parameter.key, parameter.value) }
        let fresh = try context.mount(attributes: mount.set)
        if mount.copiesUp, type == "tmpfs" { try copyUp(from: target, to: fresh, mount: mount) }
        try Mount.change(
            fresh, propagation: mount.propagation & ~SKIFF_MS_REC, recursive: mount.propagation & SKIFF_MS_REC != 0,
            name: mount.destination
        )
        try Mount.attach(fresh, at: target, name: mount.destination)
    }

    private func refuseLink(_ path: String) throws(LinuxError) {
        switch root.tryOpen(path, followLinks: false) {
        case .success(let fd): OwnedFD(fd).close()
        case .failure(.noEntry): return
        case .failure(let errno):
            throw LinuxError(
                code: .invalid, call: "mount", argument: path,
                detail: "must be a plain directory in the image, not a link (\(errno))"
            )
        }
    }

    /// Fills an empty volume with what the image has at its place, owner and mode of the directory included.
    private func copyUp(from target: OwnedFD, to volume: OwnedFD, mount: MountSetup) throws(LinuxError) {
        let destination = try RootedPath(root: volume).open(".", flags: O_RDONLY | O_DIRECTORY)
        guard try Directory.entries(of: destination).isEmpty else { return }
        let source = try RootedPath(root: target).open(".", flags: O_RDONLY | O_DIRECTORY)
        try FileCopy.tree(from: source, to: destination)
        let status = try source.status()
        _ = try outcome(skiff_fchownat(destination.raw, "", status.userID, status.groupID, SKIFF_AT_EMPTY_PATH))
            .orThrow("chown", mount.destination)
        _ = try outcome(skiff_fchmod(destination.raw, status.mode)).orThrow("chmod", mount.destination)
    }
}
