import SystemLinux

/// One entry of a tree that files are copied from.
public struct TreeEntry: Sendable, Hashable {
    /// Path below the tree's root, without a leading slash; empty for the root.
    public let path: String
    /// Type, mode, owner, size and times.
    public let status: FileStatus
    /// Where the entry lies on the host.
    public let hostPath: String

    /// The last part of the path.
    var name: String { PathText.lastComponent(path) }
    var isDirectory: Bool { status.kind == .directory }
    var isLink: Bool { status.kind == .symbolicLink }
}

/// A tree of files that can be read: a build context, or the layers of an image seen as one.
///
/// Calls block. Symbolic links are reported, never followed, so nothing outside the tree can be reached.
public protocol FileTree: Sendable {
    /// The entry at `path`, nil when there is none. The directories above must be real ones, not links.
    func entry(at path: String) throws(BuilderError) -> TreeEntry?
    /// What lies in the directory `path`, in byte order of the names.
    func children(of path: String) throws(BuilderError) -> [TreeEntry]
}

extension FileTree {
    /// Links in one path beyond this number are taken for a circle.
    private static var maximumLinks: Int { 40 }

    /// Resolves the symbolic links in `path` inside the tree, as if its root were `/`.
    ///
    /// - Parameter followsLast: whether a link in the last place is followed too.
    /// - Returns: the path without links, and the entry there; parts that do not exist are kept as they are.
    func resolve(_ path: String, followsLast: Bool) throws(BuilderError) -> (path: String, entry: TreeEntry?) {
        var pending = PathText.components(path)[...]
        var done: [String] = []
        var links = 0
        var current = try entry(at: "")
        while let part = pending.popFirst() {
            if part == "." { continue }
            if part == ".." {
                _ = done.popLast()
                current = try entry(at: done.joined(separator: "/"))
                continue
            }
            done.append(part)
            guard let parent = current, parent.isDirectory else {
                current = nil
                continue
            }
            current = try entry(at: done.joined(separator: "/"))
            guard let link = current, link.isLink, followsLast || !pending.isEmpty else { continue }
            links += 1
            guard links <= Self.maximumLinks else {
                throw BuilderError(.context, "too many symbolic links in /\(path)")
            }
            let target = try HostFile.linkTarget(link.hostPath)
            done.removeLast()
            if target.hasPrefix("/") { done = [] }
            pending = (PathText.components(target) + pending)[...]
            current = try entry(at: done.joined(separator: "/"))
        }
        return (done.joined(separator: "/"), current)
    }

    /// Every entry below `directory`, parents before children, in byte order; `visit` says whether to go down.
    func walk(
        _ directory: String, _ visit: (TreeEntry) throws(BuilderError) -> Bool
    ) throws(BuilderError) {
        for child in try children(of: directory) {
            if try visit(child), child.isDirectory { try walk(child.path, visit) }
        }
    }
}

/// Calls of the file system with the builder's errors.
enum HostFile {
    static func linkTarget(_ path: String) throws(BuilderError) -> String {
        try wrapped { () throws(LinuxError) in try File.readLink(path) }
    }

    /// The entry's own status, nil when there is none.
    static func status(_ path: String) throws(BuilderError) -> FileStatus? {
        do {
            return try File.status(path, followLinks: false)
        } catch  where error.code == .notFound {
            return nil
        } catch {
            throw storage(error)
        }
    }

    /// Like `status` for a name that a listing gave. A name that is no UTF-8 is refused rather than left out.
    static func listedStatus(_ path: String) throws(BuilderError) -> FileStatus? {
        if let status = try status(path) { return status }
        guard path.unicodeScalars.contains("\u{FFFD}") else { return nil }
        throw BuilderError(.context, "\(path): the name is not UTF-8, and skiff cannot copy it; rename or exclude it")
    }

    static func wrapped<Value>(_ body: () throws(LinuxError) -> Value) throws(BuilderError) -> Value {
        do { return try body() } catch { throw storage(error) }
    }

    private static func storage(_ error: LinuxError) -> BuilderError {
        let hint = error.code == .noSpace ? ": free some space, for example with `skiff builder prune`" : ""
        return BuilderError(.storage, error.message + hint, cause: error)
    }
}

extension String {
    /// The order of names everywhere in the builder: by bytes, the same on every machine.
    func precedesInBytes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
