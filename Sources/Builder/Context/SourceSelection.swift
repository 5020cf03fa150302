/// What one source word of a COPY, an ADD or a bind mount stands for.
struct SelectedSource: Sendable, Hashable {
    /// The entry, links followed.
    let entry: TreeEntry
    /// The path as the word named it, before links were followed; it gives the file its name.
    let namedPath: String
    /// The part of `namedPath` that `--parents` keeps.
    let keptPath: String
}

/// Finds the entries that source words name. Blocks on the tree.
struct SourceSelector {
    let tree: any FileTree
    /// How messages call the tree, for example `the build context`.
    let place: String

    /// What `source` names; a word with wildcards may name nothing.
    ///
    /// - Throws: `BuilderError` `.notFound` when a word without wildcards names nothing.
    func select(_ source: String, keepsParents: Bool = false) throws(BuilderError) -> [SelectedSource] {
        let (path, kept) = Self.cleaned(source, keepsParents: keepsParents)
        let pattern = try PathPattern(path, crossesDirectories: keepsParents)
        guard pattern.hasWildcard else {
            let plain = Self.unescaped(path)
            let found = try tree.resolve(plain, followsLast: true)
            guard let entry = found.entry else {
                throw BuilderError(
                    .notFound,
                    "\"/\(plain)\" not found in \(place): check the path, and the ignore file when it is the context")
            }
            return [SelectedSource(entry: entry, namedPath: plain, keptPath: Self.unescaped(kept))]
        }
        let skipped = path.utf8.count - kept.utf8.count
        return try matches(of: path, keepsParents: keepsParents).map { (match) throws(BuilderError) in
            let found = try tree.resolve(match.path, followsLast: true)
            let keptPath = String(decoding: match.path.utf8.dropFirst(skipped), as: UTF8.self)
            return SelectedSource(entry: found.entry ?? match, namedPath: match.path, keptPath: keptPath)
        }
    }

    /// The source without leading slash and `..`; and its part behind a `/./`, where `--parents` begins.
    private static func cleaned(_ source: String, keepsParents: Bool) -> (path: String, kept: String) {
        var path = PathText.clean("/" + source)
        path.removeFirst()
        guard keepsParents, let pivot = source.range(of: "/./") else { return (path, path) }
        var kept = PathText.clean("/" + source[pivot.upperBound...])
        kept.removeFirst()
        return (path, kept)
    }

    private static func unescaped(_ text: String) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }

    private func matches(of path: String, keepsParents: Bool) throws(BuilderError) -> [TreeEntry] {
        if keepsParents, path.contains("**") {
            let pattern = try PathPattern(path)
            var found: [TreeEntry] = []
            try tree.walk("") { (entry) throws(BuilderError) in
                guard pattern.matches(entry.path) else { return true }
                found.append(entry)
                return false
            }
            return found
        }
        var candidates = [""]
        var entries: [TreeEntry] = []
        for part in PathText.components(path) {
            let pattern = try PathPattern(part, crossesDirectories: false)
            entries = []
            for directory in candidates {
                let resolved = try tree.resolve(directory, followsLast: true)
                guard resolved.entry?.isDirectory == true else { continue }
                for child in try tree.children(of: resolved.path) where pattern.matches(child.name) {
                    entries.append(child)
                }
            }
            candidates = entries.map(\.path)
        }
        return entries
    }
}

extension String {
    /// The first occurrence of `needle`; the standard library has this only for whole strings of equal length.
    fileprivate func range(of needle: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            let rest = self[start...]
            if rest.hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
            start = index(after: start)
        }
        return nil
    }
}
