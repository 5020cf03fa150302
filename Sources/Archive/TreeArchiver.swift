import SystemLinux

/// Makes a tar of a tree of files. The same tree gives the same bytes: entries in byte order, whole seconds, no names
/// of users.
///
/// In `layer` form, overlayfs' marks become whiteout files, and what belongs to overlayfs alone is left out. Sockets
/// are left out always: they mean nothing without their process. Blocking; used by one thread.
public final class TreeArchiver {
    /// What the tree's marks mean.
    public enum Form: Sendable {
        /// An upper or lower directory of overlayfs.
        case layer
        /// Any tree.
        case plain
    }

    /// Bytes read at a time from a file.
    private static let chunkBytes = 1 << 20

    private let form: Form
    private let writer: TarWriter
    private let clampNanoseconds: Int64?
    private var links: [Inode: FileName] = [:]
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 16)

    private struct Inode: Hashable {
        let device: UInt64
        let number: UInt64
    }

    /// Archives into `sink`. Times later than `clampNanoseconds` are set to it, as SOURCE_DATE_EPOCH asks for.
    public init(into sink: any ByteSink, form: Form = .layer, clampNanoseconds: Int64? = nil) {
        self.form = form
        self.clampNanoseconds = clampNanoseconds
        writer = TarWriter(sink)
    }

    deinit { buffer.deallocate() }

    /// Archives everything below `root` (not the root itself, unless its mode or owner is unusual) and writes the end
    /// mark. Returns the length of the tar in bytes.
    public func archive(_ root: TreeDirectory) throws -> Int64 {
        let status = try root.ownStatus()
        if form == .layer, status.mode != 0o755 || status.userID != 0 || status.groupID != 0 {
            try writer.add(entry(FileName("./"), .directory, status, []))
        }
        if form == .layer, try root.ownAttribute(Whiteout.opaqueAttribute) == Whiteout.yes {
            try add(whiteout: Whiteout.opaque)
        }
        try archive(root, prefix: [], depth: 0)
        try writer.finish()
        return writer.writtenBytes
    }

    /// Archives one entry of `parent` under another name, with everything below it, without the end mark.
    public func archive(_ name: FileName, of parent: TreeDirectory, as path: FileName) throws {
        try archive(name, of: parent, path: path.bytes, depth: 0)
    }

    /// Writes the end mark.
    public func finish() throws { try writer.finish() }

    private func archive(_ directory: TreeDirectory, prefix: [UInt8], depth: Int) throws {
        guard depth < UnpackLimits.layer.depth else {
            throw ArchiveError(
                .limit, "\(FileName(bytes: prefix)): is deeper than \(UnpackLimits.layer.depth) directories")
        }
        for (name, _) in try directory.entries() {
            try archive(name, of: directory, path: prefix + name.bytes, depth: depth)
        }
    }

    private func archive(_ name: FileName, of parent: TreeDirectory, path: [UInt8], depth: Int) throws {
        let status = try parent.status(name)
        let full = FileName(bytes: path)
        if form == .layer {
            if Whiteout.isOverlayWhiteout(status) { return try add(hiding: full, name: name) }
            guard !Whiteout.isPrefixed(name) else {
                throw ArchiveError(.unsupported, "\(full): a layer cannot hold a file whose name begins with .wh.")
            }
        }
        if status.kind == .socket { return }
        let attributes = try self.attributes(name, of: parent, path: full)
        if status.linkCount > 1, status.kind == .regular {
            let inode = Inode(device: status.device, number: status.inode)
            if let first = links[inode] { return try writer.add(entry(full, .hardLink(first), status, [])) }
            links[inode] = full
        }
        let kind = try self.kind(name, status, of: parent)
        try writer.add(entry(full, kind, status, attributes.kept))
        switch kind {
        case .file(let size): try copy(parent.file(name), sizeBytes: size, path: full)
        case .directory:
            let slashed = path + [UInt8(ascii: "/")]
            if attributes.isOpaque { try add(whiteout: FileName(bytes: slashed + Whiteout.opaque.bytes)) }
            try archive(parent.directory(name), prefix: slashed, depth: depth + 1)
        default: break
        }
    }

    private func kind(_ name: FileName, _ status: FileStatus, of parent: TreeDirectory) throws -> TarEntry.Kind {
        switch status.kind {
        case .regular: return .file(sizeBytes: status.sizeBytes)
        case .directory: return .directory
        case .symbolicLink: return .symbolicLink(try parent.linkTarget(name))
        case .characterDevice: return .characterDevice(major: status.nodeMajor, minor: status.nodeMinor)
        case .blockDevice: return .blockDevice(major: status.nodeMajor, minor: status.nodeMinor)
        case .fifo: return .fifo
        case .socket, .unknown:
            throw ArchiveError(.unsupported, "\(name): this kind of file cannot be archived")
        }
    }

    private func attributes(
        _ name: FileName, of parent: TreeDirectory, path: FileName
    ) throws -> (kept: [TarEntry.Attribute], isOpaque: Bool) {
        let all = try parent.attributes(name)
        guard form == .layer else { return (all.map { TarEntry.Attribute(name: $0.name, value: $0.value) }, false) }
        if let bad = all.first(where: { Whiteout.redirecting.contains($0.name) }) {
            throw ArchiveError(
                .unsupported, "\(path): holds only a reference (\(bad.name)); mount with redirect_dir=off,metacopy=off"
            )
        }
        let isOpaque = all.contains { $0.name == Whiteout.opaqueAttribute && $0.value == Whiteout.yes }
        let kept = all.filter { !$0.name.hasPrefix(Whiteout.overlayAttributePrefix) }
        return (kept.map { TarEntry.Attribute(name: $0.name, value: $0.value) }, isOpaque)
    }

    private func copy(_ file: OwnedFD, sizeBytes: Int64, path: FileName) throws {
        let source = FileSource(file)
        var rest = sizeBytes
        while rest > 0 {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(rest, Int64(buffer.count)))])
            let count = try source.read(into: part)
            guard count > 0 else { throw ArchiveError(.changed, "\(path): file shrank while it was archived") }
            try writer.write(UnsafeRawBufferPointer(rebasing: part[..<count]))
            rest -= Int64(count)
        }
    }

    private func add(hiding path: FileName, name: FileName) throws {
        let above = path.bytes.dropLast(name.bytes.count)
        try add(whiteout: FileName(bytes: above + Whiteout.prefix + name.bytes))
    }

    private func add(whiteout path: FileName) throws {
        // No time of day: a whiteout is a statement, not a file.
        try writer.add(TarEntry(path: path, kind: .file(sizeBytes: 0), mode: 0o600))
    }

    private func entry(
        _ path: FileName, _ kind: TarEntry.Kind, _ status: FileStatus, _ attributes: [TarEntry.Attribute]
    ) -> TarEntry {
        TarEntry(
            path: path, kind: kind, mode: status.mode, userID: status.userID, groupID: status.groupID,
            modifiedNanoseconds: min(status.modifiedNanoseconds, clampNanoseconds ?? .max), attributes: attributes
        )
    }
}
