import SystemLinux

extension TreeUnpacker {
    /// The open directory at a path of the archive, made with its missing parents when it is not there.
    func directory(_ path: FileName) throws -> TreeDirectory {
        if path.bytes.isEmpty { return root }
        if let lastParent, lastParent.path == path { return lastParent.directory }
        let found = try open(path)
        lastParent = (path, found)
        return found
    }

    private func open(_ path: FileName) throws -> TreeDirectory {
        do {
            return try root.directoryBeneath(path)
        } catch {
            switch error.errno {
            case .noEntry: return try makeImplicit(path)
            case .crossDevice, .linkLoop:
                throw ArchiveError(.escape, "\(path): leads out of the archive through a symbolic link", cause: error)
            case .notDirectory:
                throw ArchiveError(.malformed, "\(path): is not a directory, yet entries lie below it", cause: error)
            default: throw error
            }
        }
    }

    private func makeImplicit(_ path: FileName) throws -> TreeDirectory {
        let split = try EntryPath(path, limits: limits)
        guard let name = split.name else { return root }
        let parent = try directory(split.parent)
        if let status = try parent.statusIfPresent(name) {
            // A dangling link, or a whiteout whose directory comes back.
            guard form == .layer, Whiteout.isOverlayWhiteout(status) else {
                throw ArchiveError(.escape, "\(path): leads out of the archive through a symbolic link")
            }
            try parent.remove(name)
            try parent.createDirectory(name, mode: 0o755)
            try parent.setAttribute(name, Whiteout.opaqueAttribute, Whiteout.yes)
        } else {
            try parent.createDirectory(name, mode: 0o755)
        }
        try parent.setMode(name, 0o755)
        summary.implicitDirectories.append(path)
        return try parent.directory(name)
    }

    /// Makes room for an entry: a later one of the same name replaces the earlier.
    func clear(_ name: FileName, in parent: TreeDirectory, path: EntryPath) throws {
        guard let status = try parent.statusIfPresent(name) else { return }
        if status.kind == .directory {
            let full = path.full
            if let lastParent, EntryPath.isBelow(lastParent.path, full) { self.lastParent = nil }
            directoryTimes = directoryTimes.filter { !EntryPath.isBelow($0.key, full) }
            summary.implicitDirectories.removeAll { EntryPath.isBelow($0, full) }
        }
        try parent.removeTree(name)
    }

    func makeDirectory(_ name: FileName, _ entry: TarEntry, _ path: EntryPath, in parent: TreeDirectory) throws {
        if let status = try parent.statusIfPresent(name) {
            if status.kind == .directory {
                summary.implicitDirectories.removeAll { $0 == path.full }
                return
            }
            try parent.remove(name)
            try parent.createDirectory(name)
            // Hidden first, then made again: nothing of the lower layers' directory may shine through.
            if form == .layer, Whiteout.isOverlayWhiteout(status) {
                try parent.setAttribute(name, Whiteout.opaqueAttribute, Whiteout.yes)
            }
            return
        }
        try parent.createDirectory(name)
    }

    func makeFile(
        _ name: FileName, _ entry: TarEntry, sizeBytes: Int64, in parent: TreeDirectory, from reader: TarReader
    ) throws {
        summary.contentBytes += sizeBytes
        guard summary.contentBytes <= limits.contentBytes else {
            throw ArchiveError(.limit, "archive unpacks to more than \(limits.contentBytes >> 20) MiB")
        }
        try clear(name, in: parent, path: try EntryPath(entry.path, limits: limits))
        let file = try parent.createFile(name)
        let sink = FileSink(file)
        var position: Int64 = 0
        try reader.readContent { bytes, offset in
            guard offset >= position, offset + Int64(bytes.count) <= sizeBytes else {
                throw ArchiveError(.malformed, "\(entry.path): content does not fit its declared size of \(sizeBytes)")
            }
            if offset > position { try file.seekForward(to: offset) }
            try sink.write(bytes)
            position = offset + Int64(bytes.count)
        }
        // A hole at the end has no data block of its own.
        if position < sizeBytes { try file.truncate(to: sizeBytes) }
    }

    func makeNode(
        _ name: FileName, _ kind: FileKind, _ major: UInt32, _ minor: UInt32, _ path: EntryPath,
        in parent: TreeDirectory
    ) throws {
        try clear(name, in: parent, path: path)
        try parent.createNode(name, kind: kind, major: major, minor: minor)
    }

    func makeHardLink(_ name: FileName, _ entry: TarEntry, to target: FileName, in parent: TreeDirectory) throws {
        let path = try EntryPath(entry.path, limits: limits)
        let source = try EntryPath(target, limits: limits)
        guard let sourceName = source.name else {
            throw ArchiveError(.malformed, "\(entry.path): is a hard link to the root")
        }
        if source.full == path.full { return }
        let sourceParent: TreeDirectory
        do {
            sourceParent = source.parent.bytes.isEmpty ? root : try root.directoryBeneath(source.parent)
        } catch {
            let escapes = error.errno == .crossDevice || error.errno == .linkLoop
            throw ArchiveError(
                escapes ? .escape : .malformed, "\(entry.path): hard link to \(target) leads out of the archive",
                cause: error
            )
        }
        guard let status = try sourceParent.statusIfPresent(sourceName) else {
            throw ArchiveError(.malformed, "\(entry.path): hard link to \(target), which the archive does not hold")
        }
        guard status.kind != .directory, !Whiteout.isOverlayWhiteout(status) else {
            throw ArchiveError(.malformed, "\(entry.path): hard link to \(target), which is not a file")
        }
        try clear(name, in: parent, path: path)
        try parent.createHardLink(name, to: sourceName, in: sourceParent)
    }

    func applyWhiteout(_ name: FileName, _ path: EntryPath) throws {
        let parent = try directory(path.parent)
        if name == Whiteout.opaque { return try parent.setOwnAttribute(Whiteout.opaqueAttribute, Whiteout.yes) }
        if name.bytes.starts(with: Whiteout.bookkeepingPrefix) { return }
        let hidden = FileName(bytes: name.bytes.dropFirst(Whiteout.prefix.count))
        let dots = hidden.bytes.isEmpty || hidden == "." || hidden == ".."
        guard !dots else { throw ArchiveError(.escape, "\(path.full): whiteout of \"\(hidden)\"") }
        guard let status = try parent.statusIfPresent(hidden) else {
            return try parent.createNode(hidden, kind: .characterDevice)
        }
        // The entry of this very layer stays; a whiteout is about the layers below (layer.md, "Whiteouts").
        if status.kind == .directory {
            try parent.setAttribute(hidden, Whiteout.opaqueAttribute, Whiteout.yes)
        }
    }
}
