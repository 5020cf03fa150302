import CLinux
import Glibc

extension TreeDirectory {
    /// Sets owner and group of an entry, of a link itself. The kernel clears set-id bits: set the mode afterwards.
    public func setOwner(_ name: FileName, userID: UInt32, groupID: UInt32) throws(LinuxError) {
        _ = try call("chown", name) { skiff_fchownat(descriptor.raw, $0, userID, groupID, AT_SYMLINK_NOFOLLOW) }
    }

    /// Sets permission bits (07777) of an entry. It must not be a symbolic link, which chmod(2) would follow.
    public func setMode(_ name: FileName, _ mode: UInt32) throws(LinuxError) {
        _ = try call("chmod", name) { skiff_fchmodat(descriptor.raw, $0, mode) }
    }

    /// Sets the time of the last change of content (and of access) of an entry, of a link itself.
    public func setModified(_ name: FileName, nanoseconds: Int64) throws(LinuxError) {
        // Floor division: times before 1970 need a non-negative fraction.
        let seconds = nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : (nanoseconds - 999_999_999) / 1_000_000_000
        let time = timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds - seconds * 1_000_000_000))
        _ = try call("utimensat", name) { skiff_utimensat(descriptor.raw, $0, [time, time], AT_SYMLINK_NOFOLLOW) }
    }

    /// The extended attributes of an entry, of a link itself, in byte order of their names.
    public func attributes(_ name: FileName) throws(LinuxError) -> [(name: String, value: [UInt8])] {
        let path = try procPath(name)
        let list: [UInt8]
        do {
            list = try ExtendedAttributes.sized("listxattr", name.description) { buffer, size in
                path.withCString { skiff_llistxattr($0, buffer?.assumingMemoryBound(to: CChar.self), size) }
            }
        } catch  where error.errno == .notSupported {
            return []
        }
        let names = list.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        var found: [(name: String, value: [UInt8])] = []
        for attribute in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            if let value = try self.attribute(name, attribute) { found.append((attribute, value)) }
        }
        return found
    }

    /// The value of one extended attribute of an entry, nil when it is not set.
    public func attribute(_ name: FileName, _ attribute: String) throws(LinuxError) -> [UInt8]? {
        let path = try procPath(name)
        do {
            return try ExtendedAttributes.sized("getxattr \(attribute)", name.description) { buffer, size in
                path.withCString { skiff_lgetxattr($0, attribute, buffer, size) }
            }
        } catch  where error.errno == .noData || error.errno == .notSupported {
            return nil
        }
    }

    /// Sets an extended attribute of an entry, of a link itself.
    public func setAttribute(_ name: FileName, _ attribute: String, _ value: [UInt8]) throws(LinuxError) {
        let path = try procPath(name)
        _ = try outcome(path.withCString { skiff_lsetxattr($0, attribute, value, value.count, 0) })
            .orThrow("setxattr \(attribute)", name.description)
    }

    /// There is no fsetxattrat before Linux 6.13: the descriptor's magic link plus one checked component is as safe,
    /// because the l-calls do not follow that last component.
    private func procPath(_ name: FileName) throws(LinuxError) -> FileName {
        try name.checkComponent("xattr")
        return FileName(bytes: Array(descriptor.procPath.utf8) + [UInt8(ascii: "/")] + name.bytes)
    }
}

extension TreeDirectory {
    /// Type, owner, size and times of the directory itself.
    public func ownStatus() throws(LinuxError) -> FileStatus { try descriptor.status() }

    /// Sets owner, group and mode of the directory itself.
    public func setOwnMetadata(userID: UInt32, groupID: UInt32, mode: UInt32) throws(LinuxError) {
        let path = descriptor.procPath
        try File.setOwner(path, userID: userID, groupID: groupID, followLinks: true)
        try File.setMode(path, mode)
    }

    /// Sets an extended attribute of the directory itself.
    public func setOwnAttribute(_ attribute: String, _ value: [UInt8]) throws(LinuxError) {
        _ = try outcome(skiff_fsetxattr(descriptor.raw, attribute, value, value.count, 0))
            .orThrow("setxattr \(attribute)", descriptor.description)
    }

    /// The value of one extended attribute of the directory itself, nil when it is not set.
    public func ownAttribute(_ attribute: String) throws(LinuxError) -> [UInt8]? {
        do {
            return try ExtendedAttributes.sized("getxattr \(attribute)", descriptor.description) { buffer, size in
                skiff_fgetxattr(descriptor.raw, attribute, buffer, size)
            }
        } catch  where error.errno == .noData || error.errno == .notSupported {
            return nil
        }
    }

    /// Makes everything on this directory's file system durable (syncfs). Blocks for the disk.
    public func syncFilesystem() throws(LinuxError) {
        _ = try outcome(skiff_syncfs(descriptor.raw)).orThrow("syncfs", descriptor.description)
    }
}

extension OwnedFD {
    /// Moves the position for writing; a gap becomes a hole.
    public func seekForward(to offset: Int64) throws(LinuxError) {
        guard lseek(raw, off_t(offset), SEEK_SET) >= 0 else {
            throw LinuxError("lseek", "\(description) to \(offset)", Errno(errno))
        }
    }
}
