import CLinux
import Glibc

/// Mounts by descriptor: copy, change, attach, detach. Needs CAP_SYS_ADMIN over the mount namespace.
public enum Mount {
    /// A detached copy of the mount that holds `path`, with the ones below it when recursive. Follows links.
    public static func copy(_ path: String, recursive: Bool) throws(LinuxError) -> OwnedFD {
        OwnedFD(try outcome(skiff_open_tree(AT_FDCWD, path, recursive ? 1 : 0, 1)).orThrow("open_tree", path))
    }

    /// A detached copy of what an open descriptor names.
    public static func copy(of place: OwnedFD, recursive: Bool) throws(LinuxError) -> OwnedFD {
        OwnedFD(
            try outcome(skiff_open_tree(place.raw, "", recursive ? 1 : 0, 1)).orThrow("open_tree", place.description)
        )
    }

    /// Attaches a detached mount on top of an open place: no path is looked up again.
    public static func attach(_ mount: OwnedFD, at place: OwnedFD, name: String) throws(LinuxError) {
        _ = try outcome(skiff_move_mount(mount.raw, place.raw)).orThrow("move_mount", name)
    }

    /// Attaches a detached mount at a path that the caller trusts.
    public static func attach(_ mount: OwnedFD, at path: String) throws(LinuxError) {
        _ = try outcome(skiff_move_mount_path(mount.raw, path)).orThrow("move_mount", path)
    }

    /// Sets and clears MOUNT_ATTR_* attributes, and the propagation (MS_PRIVATE …) unless it is 0.
    public static func change(
        _ mount: OwnedFD, set: UInt64 = 0, clear: UInt64 = 0, propagation: UInt64 = 0, recursive: Bool = false,
        name: String
    ) throws(LinuxError) {
        if set == 0 && clear == 0 && propagation == 0 { return }
        _ = try outcome(skiff_mount_setattr(mount.raw, recursive ? 1 : 0, set, clear, propagation, -1))
            .orThrow("mount_setattr", name)
    }

    /// Changes the propagation of the mount at a path; MS_REC for all below it.
    public static func propagate(_ path: String, _ propagation: UInt64) throws(LinuxError) {
        _ = try outcome(skiff_mount(nil, path, nil, propagation, nil)).orThrow("mount propagation", path)
    }

    /// Takes a mount away, lazily when `detach`. One that is not there is an error.
    public static func unmount(_ path: String, detach: Bool = true) throws(LinuxError) {
        _ = try outcome(skiff_umount(path, detach ? 1 : 0)).orThrow("umount", path)
    }
}
