import Crypto
import Effects
import SystemLinux

/// The entries that one COPY, ADD or bind mount uses, with the digest of their content.
struct CollectedContent: Sendable {
    /// One source word's entry with everything below it.
    struct Source: Sendable {
        let selected: SelectedSource
        /// What lies below a directory, parents before children, exclusions taken out.
        let descendants: [TreeEntry]
    }

    let sources: [Source]
    /// Lower-case hexadecimal SHA-256 over names, modes, owners, link targets and contents; no times.
    let digest: String
}

/// Collects and hashes what a step copies. Each file's content is read once.
struct ContentCollector: Sendable {
    /// Files hashed by one job of the blocking pool.
    private static let filesPerJob = 256

    let tree: any FileTree
    let place: String
    /// Whether owners count: they do not for a context, whose files always come out as 0:0.
    let hashesOwners: Bool
    let hashes: FileHashCache
    let effects: Effects

    /// Selects `sources` in the tree and hashes them.
    func collect(_ sources: [String], excludes: [String], keepsParents: Bool) async throws -> CollectedContent {
        let (tree, place) = (tree, place)
        let found = try await BlockingPool.shared.run { () throws -> [CollectedContent.Source] in
            let exclusion = try IgnoreRules(excluding: excludes)
            let selector = SourceSelector(tree: tree, place: place)
            var found: [CollectedContent.Source] = []
            for source in sources {
                for selected in try selector.select(source, keepsParents: keepsParents) {
                    if let source = try Self.source(selected, in: tree, excluding: exclusion) { found.append(source) }
                }
            }
            return found
        }
        let files = found.flatMap { [$0.selected.entry] + $0.descendants }.filter { $0.status.kind == .regular }
        let digests = try await hash(files)
        let digest = try await BlockingPool.shared.run { try combine(found, digests: digests) }
        return CollectedContent(sources: found, digest: digest)
    }

    private static func source(
        _ selected: SelectedSource, in tree: any FileTree, excluding rules: IgnoreRules
    ) throws(BuilderError) -> CollectedContent.Source? {
        guard selected.entry.isDirectory else {
            if rules.excludes(selected.entry.name) { return nil }
            return CollectedContent.Source(selected: selected, descendants: [])
        }
        var descendants: [TreeEntry] = []
        let base = selected.entry.path
        try tree.walk(base) { (entry) throws(BuilderError) in
            if !rules.isEmpty {
                let relative = base.isEmpty ? entry.path : String(entry.path.dropFirst(base.count + 1))
                if rules.excludes(relative) { return false }
            }
            descendants.append(entry)
            return true
        }
        return CollectedContent.Source(selected: selected, descendants: descendants)
    }

    /// Digests by host path, of files that the cache does not know in parallel.
    private func hash(_ files: [TreeEntry]) async throws -> [String: [UInt8]] {
        var digests: [String: [UInt8]] = [:]
        digests.reserveCapacity(files.count)
        var unknown: [TreeEntry] = []
        for file in files {
            if let digest = hashes.digest(for: file.status) {
                digests[file.hostPath] = digest
            } else {
                unknown.append(file)
            }
        }
        return try await withThrowingTaskGroup(of: [(TreeEntry, [UInt8])].self) { group in
            var start = 0
            while start < unknown.count {
                let part = Array(unknown[start..<min(unknown.count, start + Self.filesPerJob)])
                start += part.count
                group.addTask {
                    try await BlockingPool.shared.run { try part.map { ($0, try Self.digest(of: $0.hostPath)) } }
                }
            }
            for try await part in group {
                let now = effects.now
                for (file, digest) in part {
                    digests[file.hostPath] = digest
                    hashes.remember(digest, for: file.status, now: now)
                }
            }
            return digests
        }
    }

    /// SHA-256 of a file's content. Blocks.
    private static func digest(of path: String) throws(BuilderError) -> [UInt8] {
        try HostFile.wrapped { () throws(LinuxError) in
            // Without waiting: a file may have become a fifo since it was seen.
            let file = try File.open(path, [.read, .noFollow, .nonBlocking])
            var hasher = SHA256()
            while true {
                let part = try file.read(upTo: 256 * 1024)
                if part.isEmpty { break }
                part.withUnsafeBytes { hasher.update(bufferPointer: $0) }
            }
            return Array(hasher.finalize())
        }
    }

    private func combine(
        _ sources: [CollectedContent.Source], digests: [String: [UInt8]]
    ) throws(BuilderError) -> String {
        var hasher = SHA256()
        for source in sources {
            let root = source.selected.entry
            try add(root, name: source.selected.keptPath, digest: digests[root.hostPath], to: &hasher)
            for entry in source.descendants {
                let relative = String(decoding: entry.path.utf8.dropFirst(root.path.utf8.count), as: UTF8.self)
                try add(entry, name: relative, digest: digests[entry.hostPath], to: &hasher)
            }
        }
        return Hexadecimal.text(hasher.finalize())
    }

    private func add(
        _ entry: TreeEntry, name: String, digest: [UInt8]?, to hasher: inout SHA256
    ) throws(BuilderError) {
        let status = entry.status
        var fields = ["\(status.kind)", name]
        // A link's mode means nothing and differs between file systems.
        if !entry.isLink { fields.append(String(status.mode, radix: 8)) }
        if hashesOwners { fields.append("\(status.userID):\(status.groupID)") }
        if entry.isLink { fields.append(try HostFile.linkTarget(entry.hostPath)) }
        if status.kind == .characterDevice || status.kind == .blockDevice {
            fields.append("\(status.nodeMajor):\(status.nodeMinor)")
        }
        // Names cannot hold a zero byte, so the fields cannot run into each other.
        for field in fields { hasher.update(data: Array(field.utf8) + [0]) }
        hasher.update(data: digest ?? [])
        hasher.update(data: [0])
    }
}

/// Bytes as lower-case hexadecimal text.
enum Hexadecimal {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// SHA-256 of a text, as hexadecimal.
    static func digest(of text: String) -> String {
        Self.text(SHA256.hash(data: Array(text.utf8)))
    }
}
