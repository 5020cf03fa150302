import CLinux
import Glibc
import SystemLinux

/// Populates /dev: the devices every container has (OCI runtime-spec, "Default Devices"), those of the plan, and the
/// usual links. Everything is made inside the root by descriptor, also when the image has a link at /dev
/// (CVE-2026-41579).
struct Devices {
    let root: RootedPath
    let setup: ContainerSetup

    private static let standard: [(name: String, major: UInt32, minor: UInt32)] = [
        ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
    ]

    private static let links: [(name: String, target: String)] = [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"),
    ]

    func populate() throws(LinuxError) {
        let mask = skiff_umask(0)
        defer { _ = skiff_umask(mask) }
        let directory = try root.makeDirectory("/dev")
        for device in Self.standard {
            try make(
                ContainerSetup.Device(
                    path: "/dev/\(device.name)", type: ContainerSetup.Device.characterType, major: device.major,
                    minor: device.minor,
                    mode: 0o666, userID: 0, groupID: 0
                )
            )
        }
        for device in setup.devices { try make(device) }
        let hasTerminals = if case .success(let fd) = root.tryOpen("/dev/pts") { Self.close(fd) } else { false }
        for link in Self.links where link.name != "ptmx" || hasTerminals {
            switch outcome(skiff_symlinkat(link.target, directory.raw, link.name)) {
            case .success, .failure(.exists): continue
            case .failure(let errno): throw LinuxError("symlink", "/dev/\(link.name)", errno)
            }
        }
    }

    private static func close(_ fd: Int32) -> Bool {
        OwnedFD(fd).close()
        return true
    }

    private func make(_ device: ContainerSetup.Device) throws(LinuxError) {
        // A user namespace may not make nodes: bind the host's.
        if setup.makes(.user) { return try bindHostNode(device) }
        let parent = try root.makeDirectory(File.parent(of: device.path))
        let name = File.name(of: device.path)
        switch outcome(skiff_mknodat(parent.raw, name, device.type | device.mode, device.major, device.minor)) {
        case .success: break
        case .failure(.exists): return try verify(device)
        case .failure(let errno): throw LinuxError("mknod", device.path, errno)
        }
        if device.userID != 0 || device.groupID != 0 {
            _ = try outcome(skiff_fchownat(parent.raw, name, device.userID, device.groupID, AT_SYMLINK_NOFOLLOW))
                .orThrow("chown", device.path)
        }
    }

    /// Something of that name is there: fine if it is this very device (an image's own /dev, a bind mount).
    private func verify(_ device: ContainerSetup.Device) throws(LinuxError) {
        let status = try root.open(device.path).status()
        let kind: FileKind = device.type == ContainerSetup.Device.blockType ? .blockDevice : .characterDevice
        let same = status.kind == kind && status.nodeMajor == device.major && status.nodeMinor == device.minor
        guard same || device.type == ContainerSetup.Device.fifoType && status.kind == .fifo else {
            throw LinuxError(
                code: .alreadyExists, call: "mknod", argument: device.path, detail: "is something else in the image"
            )
        }
    }

    private func bindHostNode(_ device: ContainerSetup.Device) throws(LinuxError) {
        let copy = try Mount.copy(device.path, recursive: false)
        try Mount.attach(copy, at: try root.makeFile(device.path), name: device.path)
    }
}
