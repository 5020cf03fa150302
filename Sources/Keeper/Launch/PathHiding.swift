import CLinux
import Glibc
import SystemLinux

/// Masked and read-only paths. A path that does not exist needs neither.
enum PathHiding {
    /// Binds each path onto itself, read-only with everything below.
    static func makeReadOnly(_ paths: [String], in root: RootedPath) throws(LinuxError) {
        for path in paths {
            guard let place = try existing(path, in: root) else { continue }
            let copy = try Mount.copy(of: place, recursive: true)
            try Mount.change(copy, set: SKIFF_MOUNT_ATTR_RDONLY, recursive: true, name: path)
            try Mount.attach(copy, at: place, name: path)
        }
    }

    /// Covers directories with an empty read-only tmpfs and files with the null device.
    static func mask(_ paths: [String], in root: RootedPath) throws(LinuxError) {
        if paths.isEmpty { return }
        let null = try nullDevice(in: root)
        for path in paths {
            guard let place = try existing(path, in: root) else { continue }
            if try place.status().kind == .directory {
                let context = try FilesystemContext("tmpfs")
                try context.set("size", "0")
                try context.set("nr_inodes", "1")
                try Mount.attach(context.mount(attributes: SKIFF_MOUNT_ATTR_RDONLY), at: place, name: path)
            } else {
                let copy = try Mount.copy(of: null, recursive: false)
                try Mount.attach(copy, at: place, name: path)
            }
        }
    }

    /// The device we made, proven to be it by descriptor: the image could have put a link there (CVE-2025-31133).
    private static func nullDevice(in root: RootedPath) throws(LinuxError) -> OwnedFD {
        let null = try root.open("/dev/null")
        let status = try null.status()
        guard status.kind == .characterDevice, status.nodeMajor == 1, status.nodeMinor == 3 else {
            throw LinuxError(code: .invalid, call: "mask", argument: "/dev/null", detail: "is not the null device")
        }
        return null
    }

    private static func existing(_ path: String, in root: RootedPath) throws(LinuxError) -> OwnedFD? {
        // No links at all: a mask must land on the path itself, not on what an image makes it point to.
        switch root.tryOpen(path, followLinks: false) {
        case .success(let fd): return OwnedFD(fd)
        case .failure(.noEntry), .failure(.notDirectory): return nil
        case .failure(let errno): throw LinuxError("openat2", path, errno)
        }
    }
}
