/// What one layer may at most contain; beyond it unpacking stops with `limit` and nothing stays.
public struct UnpackLimits: Sendable, Hashable {
    /// Sum of all file lengths in bytes, holes included.
    public var contentBytes: Int64
    /// Number of entries.
    public var entries: Int
    /// Length of one path in bytes.
    public var pathBytes: Int
    /// Depth of directories.
    public var depth: Int
    /// Decompressed bytes per compressed byte once `ratioFloorBytes` are out; zip bombs reach 1000 and more.
    public var expansionRatio: Int64
    /// Decompressed bytes up to which the ratio does not matter.
    public var ratioFloorBytes: Int64

    /// Room for every image seen in the wild, none for a bomb.
    public static let layer = UnpackLimits(
        contentBytes: 64 << 30, entries: 2_000_000, pathBytes: 4095, depth: 512, expansionRatio: 500,
        ratioFloorBytes: 1 << 30
    )

    /// Makes limits.
    public init(
        contentBytes: Int64, entries: Int, pathBytes: Int, depth: Int, expansionRatio: Int64, ratioFloorBytes: Int64
    ) {
        self.contentBytes = contentBytes
        self.entries = entries
        self.pathBytes = pathBytes
        self.depth = depth
        self.expansionRatio = expansionRatio
        self.ratioFloorBytes = ratioFloorBytes
    }
}
