import CLinux
import Glibc
import SystemLinux

/// Builds a container's file tree in a mount namespace of its own: root, mounts, devices. Nothing is visible on the
/// host at any time.
struct RootBuilder {
    let setup: ContainerSetup
    let cgroup: CgroupPlacement
    let staging: String

    /// The attached root. Paths inside are resolved by the kernel as if it were `/` from here on.
    func build() throws(StepFailure) -> RootedPath {
        let root = try during(.root) { () throws(LinuxError) in try attachRoot() }
        let mounter = Mounter(root: root, setup: setup, cgroup: cgroup)
        for mount in setup.mounts {
            try during(.mount) { () throws(LinuxError) in try mounter.mount(mount) }
        }
        // After the mounts: one of them is the empty /dev.
        try during(.devices) { () throws(LinuxError) in try Devices(root: root, setup: setup).populate() }
        return root
    }

    private func attachRoot() throws(LinuxError) -> RootedPath {
        // The host's mounts must not see what is mounted here, yet `slave` and `shared` binds must see the host's:
        // so slave, before the first mount.
        try Mount.propagate("/", SKIFF_MS_SLAVE | SKIFF_MS_REC)
        let mount: OwnedFD
        switch setup.root {
        case .overlay(let lower, let upper, let work):
            mount = try OverlayMount(lower: lower, upper: upper, work: work)
                .detached(staging: staging, unprivileged: setup.makes(.user))
        case .directory(let path):
            // pivot_root wants a mount point: a copy of the place is one.
            mount = try Mount.copy(path, recursive: true)
        }
        // pivot_root refuses a root that shares its mounts; the tree below keeps what it is.
        try Mount.change(mount, propagation: SKIFF_MS_PRIVATE, name: "root")
        try Mount.attach(mount, at: staging)
        return RootedPath(root: mount)
    }
}
