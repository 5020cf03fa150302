import SystemLinux

/// Puts entries into the upper directory of a layer that is being made. Blocks.
///
/// Directories that exist below are made again with the same attributes, as overlayfs does when it copies up. No
/// path is followed through a link, neither in the source nor in the layers below.
final class LayerWriter {
    /// The layer's tree.
    let upper: String
    /// What lies below the layer.
    let base: LayeredTree
    /// The owner of everything that is new; nil keeps the source's.
    let owner: Ownership?
    /// The change of mode, `--chmod`.
    let mode: ModeChange?

    /// A file to be copied, when all directories stand.
    struct FileJob: Sendable {
        let source: TreeEntry
        let target: String
    }

    private(set) var jobs: [FileJob] = []
    /// Directories made here, with the time they get at the end, in the order of making.
    private var directoryTimes: [(path: String, nanoseconds: Int64)] = []
    private var made: Set<String> = [""]

    init(upper: String, base: LayeredTree, owner: Ownership?, mode: ModeChange?) {
        self.upper = upper
        self.base = base
        self.owner = owner
        self.mode = mode
    }

    /// What is at `path`: in the layer, else below it.
    func existing(_ path: String) throws(BuilderError) -> TreeEntry? {
        if path.isEmpty || made.contains(PathText.parent(path)) {
            let hostPath = PathText.join(upper, path)
            if let status = try HostFile.status(hostPath) {
                return TreeEntry(path: path, status: status, hostPath: hostPath)
            }
        }
        return try base.entry(at: path)
    }

    /// Makes `path` a directory, and the ones above it; new ones get mode 0755, `owner` and the time `nanoseconds`.
    func makeDirectories(_ path: String, nanoseconds: Int64) throws(BuilderError) {
        guard !made.contains(path) else { return }
        try makeDirectories(PathText.parent(path), nanoseconds: nanoseconds)
        if let known = try existing(path) {
            guard known.isDirectory else { throw Self.conflict("directory", path) }
            try copyUp(known)
        } else {
            try makeDirectory(path, mode: 0o755, owner: owner ?? .root, nanoseconds: nanoseconds)
        }
    }

    /// Makes the directory `path` as a copy of `source`; an existing one gets the source's attributes when `overwrites`.
    func copyDirectory(_ source: TreeEntry, to path: String, overwrites: Bool) throws(BuilderError) {
        let status = source.status
        try makeDirectories(PathText.parent(path), nanoseconds: status.modifiedNanoseconds)
        if let known = try existing(path) {
            guard known.isDirectory else { throw Self.conflict("directory", path) }
            try copyUp(known)
            guard overwrites else { return }
            try HostFile.wrapped { () throws(LinuxError) in
                try setOwner(PathText.join(upper, path), status)
                try File.setMode(PathText.join(upper, path), newMode(status))
            }
            directoryTimes.append((path, status.modifiedNanoseconds))
        } else {
            let new = owner ?? Ownership(userID: status.userID, groupID: status.groupID)
            try makeDirectory(path, mode: newMode(status), owner: new, nanoseconds: status.modifiedNanoseconds)
            try copyAttributes(from: source.hostPath, to: PathText.join(upper, path))
        }
    }

    /// Plans or makes the copy of anything but a directory.
    func copyEntry(_ source: TreeEntry, to path: String) throws(BuilderError) {
        try makeDirectories(PathText.parent(path), nanoseconds: source.status.modifiedNanoseconds)
        if let known = try existing(path) {
            guard !known.isDirectory else { throw Self.conflict("file", path) }
            if known.hostPath == PathText.join(upper, path) {
                try HostFile.wrapped { () throws(LinuxError) in try File.remove(known.hostPath) }
            }
        }
        let target = PathText.join(upper, path)
        switch source.status.kind {
        case .regular:
            jobs.append(FileJob(source: source, target: target))
        case .symbolicLink:
            let link = try HostFile.linkTarget(source.hostPath)
            try HostFile.wrapped { () throws(LinuxError) in
                try File.symbolicLink(target, to: link)
                try setOwner(target, source.status)
                try File.setModified(target, nanoseconds: source.status.modifiedNanoseconds)
            }
        case .characterDevice, .blockDevice, .fifo:
            try makeNode(source.status, at: path, of: source)
        default:
            throw BuilderError(
                .context, "cannot copy /\(source.path): a \(source.status.kind) cannot be part of an image; exclude it")
        }
    }

    private func makeNode(_ status: FileStatus, at path: String, of source: TreeEntry) throws(BuilderError) {
        // In a layer this device would hide what lies below it.
        guard status.kind != .characterDevice || status.nodeMajor != 0 || status.nodeMinor != 0 else {
            throw BuilderError(
                .context, "cannot copy /\(source.path): the device 0:0 has a meaning of its own in layers")
        }
        let target = PathText.join(upper, path)
        try HostFile.wrapped { () throws(LinuxError) in
            try TreeDirectory(path: File.parent(of: target)).createNode(
                FileName(File.name(of: target)), kind: status.kind, major: status.nodeMajor, minor: status.nodeMinor)
            try setOwner(target, status)
            try File.setMode(target, newMode(status))
            try File.setModified(target, nanoseconds: status.modifiedNanoseconds)
        }
    }

    /// Gives the tree's own root the attributes of `top`, because the topmost tree's root is what shows.
    func adoptRoot(_ top: TreeEntry) throws(BuilderError) {
        try HostFile.wrapped { () throws(LinuxError) in
            try File.setOwner(upper, userID: top.status.userID, groupID: top.status.groupID)
            try File.setMode(upper, top.status.mode)
        }
        directoryTimes.append(("", top.status.modifiedNanoseconds))
    }

    /// Writes a file whose content stands in the Dockerfile.
    func writeFile(_ content: [UInt8], to path: String, nanoseconds: Int64) throws(BuilderError) {
        try makeDirectories(PathText.parent(path), nanoseconds: nanoseconds)
        if let known = try existing(path), known.isDirectory { throw Self.conflict("file", path) }
        let target = PathText.join(upper, path)
        let new = owner ?? .root
        try HostFile.wrapped { () throws(LinuxError) in
            try File.write(target, content)
            try File.setOwner(target, userID: new.userID, groupID: new.groupID)
            try File.setMode(target, mode?.applied(to: 0o644, isDirectory: false) ?? 0o644)
            try File.setModified(target, nanoseconds: nanoseconds)
        }
    }

    /// Copies one planned file: content by reflink where the file system can, attributes, times.
    func run(_ job: FileJob) throws(BuilderError) {
        let status = job.source.status
        try HostFile.wrapped { () throws(LinuxError) in
            // Without waiting and without following: the entry may have been exchanged since it was listed.
            let from = try File.open(job.source.hostPath, [.read, .noFollow, .nonBlocking])
            guard try from.status().kind == .regular else {
                throw LinuxError(
                    code: .invalid, call: "copy", argument: job.source.path, detail: "is no regular file any more")
            }
            let to = try File.open(job.target, [.write, .create, .exclusive], mode: 0o600)
            try FileCopy.content(from: from, to: to)
            try setOwner(job.target, status)
            try File.setMode(job.target, newMode(status))
        }
        try copyAttributes(from: job.source.hostPath, to: job.target)
        try HostFile.wrapped { () throws(LinuxError) in
            try File.setModified(job.target, nanoseconds: status.modifiedNanoseconds)
        }
    }

    /// Gives the directories their times, deepest first; making entries in them changed it.
    func finish() throws(BuilderError) {
        for (path, nanoseconds) in directoryTimes.reversed() {
            try HostFile.wrapped { () throws(LinuxError) in
                try File.setModified(PathText.join(upper, path), nanoseconds: nanoseconds)
            }
        }
    }

    private func makeDirectory(
        _ path: String, mode: UInt32, owner: Ownership, nanoseconds: Int64
    ) throws(BuilderError) {
        let target = PathText.join(upper, path)
        try HostFile.wrapped { () throws(LinuxError) in
            try Directory.make(target, mode: 0o700, parents: false)
            try File.setOwner(target, userID: owner.userID, groupID: owner.groupID)
            try File.setMode(target, mode)
        }
        directoryTimes.append((path, nanoseconds))
        made.insert(path)
    }

    /// Makes a directory of the layers below in this layer too, with the same attributes.
    private func copyUp(_ known: TreeEntry) throws(BuilderError) {
        guard made.insert(known.path).inserted, known.hostPath != PathText.join(upper, known.path) else { return }
        let status = known.status
        try makeDirectory(
            known.path, mode: status.mode, owner: Ownership(userID: status.userID, groupID: status.groupID),
            nanoseconds: status.modifiedNanoseconds)
        try copyAttributes(from: known.hostPath, to: PathText.join(upper, known.path))
    }

    private func newMode(_ status: FileStatus) -> UInt32 {
        mode?.applied(to: status.mode, isDirectory: status.kind == .directory) ?? status.mode
    }

    private func setOwner(_ path: String, _ status: FileStatus) throws(LinuxError) {
        try File.setOwner(path, userID: owner?.userID ?? status.userID, groupID: owner?.groupID ?? status.groupID)
    }

    /// Copies the attributes that belong to the file: users' own ones and file capabilities, not the overlay's marks.
    private func copyAttributes(from source: String, to target: String) throws(BuilderError) {
        try HostFile.wrapped { () throws(LinuxError) in
            for name in try ExtendedAttributes.names(source)
            where name == "security.capability" || name.hasPrefix("user.") && !name.hasPrefix("user.overlay.") {
                guard let value = try ExtendedAttributes.value(source, name) else { continue }
                try ExtendedAttributes.set(target, name, value)
            }
        }
    }

    private static func conflict(_ what: String, _ path: String) -> BuilderError {
        let other = what == "file" ? "directory" : "file"
        return BuilderError(
            .context, "cannot copy a \(what) to /\(path): a \(other) with this name exists there already")
    }
}
