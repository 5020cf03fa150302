import SystemLinux

/// One entry of a tar archive: everything but the content.
public struct TarEntry: Sendable, Hashable {
    /// What the entry is.
    public enum Kind: Sendable, Hashable {
        /// A regular file with its length in bytes.
        case file(sizeBytes: Int64)
        /// A directory.
        case directory
        /// A symbolic link with the text it says.
        case symbolicLink(FileName)
        /// A second name for an entry of the same archive.
        case hardLink(FileName)
        /// A character device.
        case characterDevice(major: UInt32, minor: UInt32)
        /// A block device.
        case blockDevice(major: UInt32, minor: UInt32)
        /// A named pipe.
        case fifo
    }

    /// An extended attribute.
    public struct Attribute: Sendable, Hashable {
        /// Name with its namespace: `security.capability`.
        public let name: String
        /// The raw value.
        public let value: [UInt8]

        /// Makes an attribute.
        public init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// The path as the archive has it; exact bytes.
    public var path: FileName
    /// What it is.
    public var kind: Kind
    /// Permission bits with set-id and sticky bits (07777).
    public var mode: UInt32
    /// Owner.
    public var userID: UInt32
    /// Group.
    public var groupID: UInt32
    /// Last change of the content, nanoseconds since the epoch.
    public var modifiedNanoseconds: Int64
    /// Extended attributes, in the archive's order.
    public var attributes: [Attribute]

    /// Makes an entry; owned by root and of the epoch unless told otherwise.
    public init(
        path: FileName, kind: Kind, mode: UInt32, userID: UInt32 = 0, groupID: UInt32 = 0,
        modifiedNanoseconds: Int64 = 0, attributes: [Attribute] = []
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.userID = userID
        self.groupID = groupID
        self.modifiedNanoseconds = modifiedNanoseconds
        self.attributes = attributes
    }
}
