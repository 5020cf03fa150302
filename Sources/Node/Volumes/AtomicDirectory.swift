import SystemLinux

/// A directory whose files change all at once: they live in a dated directory to which the link `..data` points, and
/// the visible names are links through `..data`. The layout is the kubelet's, because programs watch for it.
///
/// Calls block.
struct AtomicDirectory: Sendable {
    /// The link that is switched.
    static let dataLink = "..data"

    let path: String

    /// Makes the directory show `files` and nothing else; a file system that already shows them is left alone.
    ///
    /// `stamp` names the new generation and must differ from the last one's.
    func replace(with files: [VolumeFile], stamp: String, groupID: UInt32? = nil) throws {
        try Directory.make(path, mode: 0o755)
        let previous = try? File.readLink("\(path)/\(Self.dataLink)")
        if let previous, shows(files, in: previous) { return }
        let generation = "..\(stamp)"
        try write(files, into: "\(path)/\(generation)", groupID: groupID)
        let staged = "\(path)/..data_tmp"
        try File.remove(staged, ifExists: true)
        try File.symbolicLink(staged, to: generation)
        // This rename is the change: before it readers see all of the old, after it all of the new.
        try File.rename(staged, to: "\(path)/\(Self.dataLink)")
        try linkNames(of: files)
        if let previous, previous != generation { try Directory.removeTree("\(path)/\(previous)") }
    }

    private func shows(_ files: [VolumeFile], in generation: String) -> Bool {
        let root = "\(path)/\(generation)"
        var found = 0
        let walked: Void? = try? Directory.walk(root) { _, status in
            if status.kind == .regular { found += 1 }
            return true
        }
        guard walked != nil, found == files.count else { return false }
        return files.allSatisfy { file in
            (try? File.read("\(root)/\(file.path)")) == file.bytes
                && (try? File.status("\(root)/\(file.path)").mode) == file.mode
        }
    }

    private func write(_ files: [VolumeFile], into directory: String, groupID: UInt32?) throws {
        try Directory.make(directory, mode: 0o755)
        for file in files {
            let target = "\(directory)/\(file.path)"
            if file.path.contains("/") { try Directory.make(File.parent(of: target), mode: 0o755) }
            try File.write(target, file.bytes, mode: file.mode)
            // The umask must not narrow what the volume asks for.
            try File.setMode(target, file.mode)
            if let groupID { try File.setOwner(target, userID: 0, groupID: groupID) }
        }
    }

    /// Makes the visible names point through `..data` and removes those of files that are gone.
    private func linkNames(of files: [VolumeFile]) throws {
        let wanted = Set(files.map { String($0.path.prefix { $0 != "/" }) })
        let present = Set(try Directory.entries(path).map(\.name).filter { !$0.hasPrefix("..") })
        for name in wanted.subtracting(present) {
            try File.symbolicLink("\(path)/\(name)", to: "\(Self.dataLink)/\(name)")
        }
        for name in present.subtracting(wanted) { try File.remove("\(path)/\(name)", ifExists: true) }
    }
}
