import SystemLinux

/// Carries out a COPY or ADD: collected content into the upper directory of a new layer.
struct CopyOperation: Sendable {
    /// Files copied by one job of the blocking pool.
    private static let filesPerJob = 128

    let step: CopyStep
    let content: CollectedContent
    /// The layer's tree, empty at the beginning.
    let upper: String
    /// The layers below, topmost first.
    let base: LayeredTree
    /// Time of directories and files that come from nowhere.
    let nanoseconds: Int64
    /// A directory of this build for what is only needed during the step.
    let scratch: String
    /// Whether the origin's owners are kept; a context's files become 0:0.
    let keepsOwners: Bool

    /// Copies everything; nothing is left open. Throws `BuilderError` for names that are in the way.
    func run() async throws {
        let jobs = try await BlockingPool.shared.run { () throws -> CopyJobs in
            let writer = try makeWriter()
            try place(writer)
            return CopyJobs(writer: writer)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var start = 0
            while start < jobs.count {
                let range = start..<min(jobs.count, start + Self.filesPerJob)
                start = range.upperBound
                group.addTask { try await BlockingPool.shared.run { try jobs.run(range) } }
            }
            try await group.waitForAll()
        }
        try await BlockingPool.shared.run { try jobs.finish() }
    }

    private func makeWriter() throws(BuilderError) -> LayerWriter {
        var owner: Ownership? = keepsOwners ? nil : .root
        if let text = step.owner { owner = try OwnerResolver(tree: base).resolve(text) }
        // A linked layer must not depend on what lies below it.
        let below = step.isLinked ? LayeredTree(layers: []) : base
        return LayerWriter(upper: upper, base: below, owner: owner, mode: step.mode)
    }

    private func place(_ writer: LayerWriter) throws(BuilderError) {
        let destination =
            step.isLinked
            ? String(step.destination.dropFirst()) : try base.resolve(step.destination, followsLast: true).path
        let known = step.isLinked ? nil : try writer.existing(destination)
        // With wildcards or several sources the destination is a directory, also without a trailing slash.
        let intoDirectory =
            step.destinationIsDirectory || content.sources.count + step.inlineFiles.count > 1
            || known?.isDirectory == true || destination.isEmpty || step.sources.contains { Self.hasWildcard($0) }
        for source in content.sources {
            try place(source, at: destination, intoDirectory: intoDirectory, writer: writer)
        }
        for file in step.inlineFiles {
            let path = intoDirectory ? PathText.join(destination, file.name) : destination
            try writer.writeFile(Array(file.body.utf8), to: path, nanoseconds: nanoseconds)
        }
        if content.sources.isEmpty, step.inlineFiles.isEmpty {
            try writer.makeDirectories(destination, nanoseconds: nanoseconds)
        }
    }

    private static func hasWildcard(_ source: String) -> Bool {
        (try? PathPattern(source).hasWildcard) ?? false
    }

    private func place(
        _ source: CollectedContent.Source, at destination: String, intoDirectory: Bool, writer: LayerWriter
    ) throws(BuilderError) {
        let root = source.selected.entry
        if root.isDirectory {
            let target = step.keepsParents ? PathText.join(destination, source.selected.keptPath) : destination
            if target.isEmpty {
                try writer.makeDirectories("", nanoseconds: nanoseconds)
            } else {
                try writer.copyDirectory(root, to: target, overwrites: false)
            }
            for entry in source.descendants {
                let relative = root.path.isEmpty ? entry.path : String(entry.path.dropFirst(root.path.count + 1))
                let path = PathText.join(target, relative)
                if entry.isDirectory {
                    try writer.copyDirectory(entry, to: path, overwrites: true)
                } else {
                    try writer.copyEntry(entry, to: path)
                }
            }
            return
        }
        if step.unpacks, root.status.kind == .regular, try ArchiveExtraction.isArchive(root.hostPath) {
            return try unpack(root, to: destination, writer: writer)
        }
        let name = step.keepsParents ? source.selected.keptPath : PathText.lastComponent(source.selected.namedPath)
        try writer.copyEntry(root, to: intoDirectory ? PathText.join(destination, name) : destination)
    }

    /// Unpacks beside the layer first, where a hostile archive reaches nothing, then copies as from a directory.
    private func unpack(_ archive: TreeEntry, to destination: String, writer: LayerWriter) throws(BuilderError) {
        let directory = scratch + "/unpacked-\(archive.status.inode)"
        try HostFile.wrapped { () throws(LinuxError) in
            try Directory.removeTree(directory)
            try Directory.make(directory, mode: 0o755)
        }
        try ArchiveExtraction.unpack(archive.hostPath, into: directory)
        let tree = ContextTree(root: directory)
        let unpacked = LayerWriter(upper: upper, base: base, owner: step.owner == nil ? nil : writer.owner, mode: nil)
        try unpacked.makeDirectories(destination, nanoseconds: nanoseconds)
        try move("", of: tree, to: destination, writer: unpacked)
        for job in unpacked.jobs { try unpacked.run(job) }
        try unpacked.finish()
    }

    /// Takes over what was unpacked: whole trees by renaming where nothing is in the way and no owner is to be set.
    private func move(
        _ directory: String, of tree: ContextTree, to destination: String, writer: LayerWriter
    ) throws(BuilderError) {
        for entry in try tree.children(of: directory) {
            let path = PathText.join(destination, entry.name)
            if writer.owner == nil, try writer.existing(path) == nil {
                try HostFile.wrapped { () throws(LinuxError) in
                    try File.rename(entry.hostPath, to: PathText.join(upper, path))
                }
            } else if entry.isDirectory {
                try writer.copyDirectory(entry, to: path, overwrites: true)
                try move(entry.path, of: tree, to: path, writer: writer)
            } else {
                try writer.copyEntry(entry, to: path)
            }
        }
    }
}

/// The planned file copies of one step.
///
/// `@unchecked`: the writer changes only while the plan is made and in `finish`, which run alone; the jobs in between
/// read its constants and touch different files.
private final class CopyJobs: @unchecked Sendable {
    private let writer: LayerWriter
    let count: Int

    init(writer: LayerWriter) {
        self.writer = writer
        count = writer.jobs.count
    }

    func run(_ range: Range<Int>) throws(BuilderError) {
        for job in writer.jobs[range] { try writer.run(job) }
    }

    func finish() throws(BuilderError) { try writer.finish() }
}
