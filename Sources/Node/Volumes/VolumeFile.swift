/// One file of a volume that is made from API objects.
struct VolumeFile: Sendable, Hashable {
    /// Its path below the volume.
    var path: String
    /// Its content.
    var bytes: [UInt8]
    /// Its permission bits.
    var mode: UInt32
}

/// What a pod's volume is on the host.
enum VolumePlan: Sendable, Hashable {
    /// A scratch directory on disk.
    case scratch
    /// A scratch directory in memory, at most so many bytes; nil is half of the memory.
    case memory(limitBytes: Int64?)
    /// A path of the host, checked to be what its type says.
    case host(path: String, type: String)
    /// Files made from API objects, replaced together when an object changes.
    case payload([VolumeFile])
}
