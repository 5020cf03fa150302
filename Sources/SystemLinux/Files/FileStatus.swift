import CLinux
import Glibc

/// What kind of thing a directory entry is.
public enum FileKind: Sendable, Hashable {
    case regular, directory, symbolicLink, characterDevice, blockDevice, fifo, socket, unknown

    init(mode: mode_t) {
        switch mode & S_IFMT {
        case S_IFREG: self = .regular
        case S_IFDIR: self = .directory
        case S_IFLNK: self = .symbolicLink
        case S_IFCHR: self = .characterDevice
        case S_IFBLK: self = .blockDevice
        case S_IFIFO: self = .fifo
        case S_IFSOCK: self = .socket
        default: self = .unknown
        }
    }
}

/// Type, mode, owner, size and times of a file (stat(2)).
public struct FileStatus: Sendable, Hashable {
    /// What it is.
    public let kind: FileKind
    /// Permission bits with set-id and sticky bits (07777).
    public let mode: UInt32
    /// Owner.
    public let userID: UInt32
    /// Group.
    public let groupID: UInt32
    /// Length in bytes.
    public let sizeBytes: Int64
    /// Bytes really allocated.
    public let allocatedBytes: Int64
    /// Number of hard links.
    public let linkCount: UInt64
    /// The file system's device number.
    public let device: UInt64
    /// The inode number, unique within `device`.
    public let inode: UInt64
    /// For device nodes: major and minor number.
    public let nodeMajor: UInt32
    /// For device nodes: minor number.
    public let nodeMinor: UInt32
    /// Last change of the content, nanoseconds since the epoch.
    public let modifiedNanoseconds: Int64
    /// Last change of content or metadata, nanoseconds since the epoch.
    public let changedNanoseconds: Int64

    init(_ raw: stat) {
        kind = FileKind(mode: raw.st_mode)
        mode = raw.st_mode & 0o7777
        userID = raw.st_uid
        groupID = raw.st_gid
        sizeBytes = Int64(raw.st_size)
        allocatedBytes = Int64(raw.st_blocks) * 512
        linkCount = UInt64(raw.st_nlink)
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        nodeMajor = skiff_device_major(UInt64(raw.st_rdev))
        nodeMinor = skiff_device_minor(UInt64(raw.st_rdev))
        modifiedNanoseconds = Int64(raw.st_mtim.tv_sec) * 1_000_000_000 + Int64(raw.st_mtim.tv_nsec)
        changedNanoseconds = Int64(raw.st_ctim.tv_sec) * 1_000_000_000 + Int64(raw.st_ctim.tv_nsec)
    }
}

/// Size and type of a file system (statfs(2)); sizes in bytes.
public struct FilesystemStatus: Sendable, Hashable {
    /// The super block magic (linux/magic.h).
    public let magic: UInt64
    /// All of it.
    public let totalBytes: UInt64
    /// Free for root.
    public let freeBytes: UInt64
    /// Free for others.
    public let availableBytes: UInt64
    /// Inodes there are; 0 when the file system does not count them.
    public let totalInodes: UInt64
    /// Inodes free.
    public let freeInodes: UInt64

    init(_ raw: skiff_filesystem) {
        magic = raw.magic
        totalBytes = raw.total_bytes
        freeBytes = raw.free_bytes
        availableBytes = raw.available_bytes
        totalInodes = raw.total_inodes
        freeInodes = raw.free_inodes
    }

    /// Whether this is procfs.
    public var isProc: Bool { magic == UInt64(SKIFF_PROC_SUPER_MAGIC) }
    /// Whether this is a pseudo terminal file system.
    public var isDevPTS: Bool { magic == UInt64(SKIFF_DEVPTS_SUPER_MAGIC) }
    /// Whether this is the unified cgroup hierarchy.
    public var isCgroup2: Bool { magic == UInt64(SKIFF_CGROUP2_SUPER_MAGIC) }
    /// Whether this is tmpfs.
    public var isTmpfs: Bool { magic == UInt64(SKIFF_TMPFS_MAGIC) }
    /// Whether this is overlayfs.
    public var isOverlay: Bool { magic == UInt64(SKIFF_OVERLAYFS_SUPER_MAGIC) }
}
