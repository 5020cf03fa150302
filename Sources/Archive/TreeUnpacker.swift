import SystemLinux

/// Unpacks a tar into an empty directory by descriptors, as other people's content must be unpacked: nothing outside
/// the directory can be read or written, whatever the archive says.
///
/// In `layer` form, whiteouts become overlayfs' own marks, so that the directory can be a lower layer as it is.
/// Blocking; used by one thread. On an error the directory is left half full: throw it away.
public final class TreeUnpacker {
    /// What the archive's names mean.
    public enum Form: Sendable {
        /// An image layer: `.wh.` names hide what lower layers have.
        case layer
        /// Any tar: names mean themselves.
        case plain
    }

    /// What was unpacked.
    public struct Summary: Sendable, Hashable {
        /// Number of entries.
        public var entries = 0
        /// Sum of all file lengths in bytes.
        public var contentBytes: Int64 = 0
        /// Directories that were needed but had no entry before: made with mode 0755 and owned by root.
        public var implicitDirectories: [FileName] = []
    }

    let form: Form
    let root: TreeDirectory
    let limits: UnpackLimits
    var summary = Summary()
    /// Times of directories change with each entry made in them: they are set at the end.
    var directoryTimes: [FileName: Int64] = [:]
    /// The directory of the entry before: most entries follow their neighbours.
    var lastParent: (path: FileName, directory: TreeDirectory)?

    /// Unpacks into `root`, which should be empty.
    public init(into root: TreeDirectory, form: Form = .layer, limits: UnpackLimits = .layer) {
        self.root = root
        self.form = form
        self.limits = limits
    }

    /// Unpacks the whole archive. The source must be uncompressed; see `Decompressor`.
    public func unpack(_ source: any ByteSource) throws -> Summary {
        do {
            let reader = try TarReader(source)
            while let entry = try reader.next() {
                summary.entries += 1
                guard summary.entries <= limits.entries else {
                    throw ArchiveError(.limit, "archive has more than \(limits.entries) entries")
                }
                try apply(entry, from: reader)
            }
            try setDirectoryTimes()
            return summary
        } catch let error as LinuxError {
            throw ArchiveError(
                error.code == .noSpace ? .noSpace : .io,
                error.code == .noSpace ? "disk is full; free space or run `skiff image prune`" : "cannot unpack",
                cause: error
            )
        }
    }

    private func apply(_ entry: TarEntry, from reader: TarReader) throws {
        let path = try EntryPath(entry.path, limits: limits)
        guard let name = path.name else { return try applyRoot(entry) }
        if form == .layer, Whiteout.isPrefixed(name) { return try applyWhiteout(name, path) }
        let parent = try directory(path.parent)
        try refuseTricks(entry)
        switch entry.kind {
        case .directory: try makeDirectory(name, entry, path, in: parent)
        case .file(let size): try makeFile(name, entry, sizeBytes: size, in: parent, from: reader)
        case .hardLink(let target): return try makeHardLink(name, entry, to: target, in: parent)
        case .symbolicLink(let target):
            try clear(name, in: parent, path: path)
            try parent.createLink(name, to: target)
        case .characterDevice(let major, let minor):
            try makeNode(name, .characterDevice, major, minor, path, in: parent)
        case .blockDevice(let major, let minor): try makeNode(name, .blockDevice, major, minor, path, in: parent)
        case .fifo: try makeNode(name, .fifo, 0, 0, path, in: parent)
        }
        try setMetadata(name, entry, path, in: parent)
    }

    /// Overlayfs would act on these when the tree becomes a lower layer: hide files, or read others' content.
    private func refuseTricks(_ entry: TarEntry) throws(ArchiveError) {
        if case .characterDevice(0, 0) = entry.kind {
            throw ArchiveError(
                .unsupported, "\(entry.path): device 0:0 is a whiteout of overlayfs, not a file of a layer")
        }
        if let bad = entry.attributes.first(where: { $0.name.hasPrefix(Whiteout.overlayAttributePrefix) }) {
            throw ArchiveError(.unsupported, "\(entry.path): attribute \(bad.name) may not come in an archive")
        }
    }

    private func applyRoot(_ entry: TarEntry) throws {
        guard entry.kind == .directory else {
            throw ArchiveError(.malformed, "\(entry.path): the root of an archive must be a directory")
        }
        try refuseTricks(entry)
        try root.setOwnMetadata(userID: entry.userID, groupID: entry.groupID, mode: entry.mode)
        for attribute in entry.attributes { try root.setOwnAttribute(attribute.name, attribute.value) }
    }

    /// Owner before mode and attributes: chown(2) clears set-id bits and file capabilities.
    private func setMetadata(_ name: FileName, _ entry: TarEntry, _ path: EntryPath, in parent: TreeDirectory) throws {
        try parent.setOwner(name, userID: entry.userID, groupID: entry.groupID)
        if case .symbolicLink = entry.kind {} else { try parent.setMode(name, entry.mode) }
        for attribute in entry.attributes { try parent.setAttribute(name, attribute.name, attribute.value) }
        if entry.kind == .directory {
            directoryTimes[path.full] = entry.modifiedNanoseconds
        } else {
            try parent.setModified(name, nanoseconds: entry.modifiedNanoseconds)
        }
    }

    private func setDirectoryTimes() throws {
        // Deepest first is not needed: setting a time changes no other directory's.
        for (path, time) in directoryTimes.sorted(by: { $0.key < $1.key }) {
            let split = try EntryPath(path, limits: limits)
            guard let name = split.name else { continue }
            let parent = try directory(split.parent)
            // A later entry may have replaced the directory by something else with a time of its own.
            guard try parent.statusIfPresent(name)?.kind == .directory else { continue }
            try parent.setModified(name, nanoseconds: time)
        }
    }
}
