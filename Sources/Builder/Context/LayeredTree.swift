import Synchronization
import SystemLinux

/// The layers of a root file system seen as one tree, as overlayfs would show them, without mounting anything.
///
/// The layers must not change while this lives. Whiteouts are character devices 0:0, opaque directories carry
/// `trusted.overlay.opaque=y` (kernel documentation, filesystems/overlayfs).
public final class LayeredTree: FileTree {
    /// Remembered directories; the memory is emptied when it holds more.
    static let maximumRememberedDirectories = 100_000

    /// Trees on the host, topmost first.
    public let layers: [String]
    /// For a directory's path, the host directories that make it up, topmost first.
    private let stacks = Mutex<[String: [String]]>([:])

    /// A view of `layers`, topmost first.
    public init(layers: [String]) {
        self.layers = layers
    }

    /// The entry at `path`; nil when there is none, or it is hidden. Blocks.
    public func entry(at path: String) throws(BuilderError) -> TreeEntry? {
        if path.isEmpty {
            guard let top = layers.first, let status = try HostFile.status(top) else { return nil }
            return TreeEntry(path: "", status: status, hostPath: top)
        }
        for directory in try stack(of: PathText.parent(path)) {
            let hostPath = directory + "/" + PathText.lastComponent(path)
            guard let status = try HostFile.status(hostPath) else { continue }
            return Self.isWhiteout(status) ? nil : TreeEntry(path: path, status: status, hostPath: hostPath)
        }
        return nil
    }

    /// What lies in the directory `path`, in byte order; empty when it is none. Blocks.
    public func children(of path: String) throws(BuilderError) -> [TreeEntry] {
        var seen: Set<String> = []
        var entries: [TreeEntry] = []
        for directory in try stack(of: path) {
            let names = try HostFile.wrapped { () throws(LinuxError) in try Directory.entries(directory) }
            for name in names where seen.insert(name.name).inserted {
                let hostPath = directory + "/" + name.name
                guard let status = try HostFile.listedStatus(hostPath), !Self.isWhiteout(status) else { continue }
                entries.append(TreeEntry(path: PathText.join(path, name.name), status: status, hostPath: hostPath))
            }
        }
        return entries.sorted { $0.path.precedesInBytes($1.path) }
    }

    /// The host directories that make up the directory `path`, topmost first; empty when it is none.
    func stack(of path: String) throws(BuilderError) -> [String] {
        if path.isEmpty { return layers }
        if let known = stacks.withLock({ $0[path] }) { return known }
        let name = PathText.lastComponent(path)
        var found: [String] = []
        for directory in try stack(of: PathText.parent(path)) {
            let hostPath = directory + "/" + name
            guard let status = try HostFile.status(hostPath) else { continue }
            // A whiteout or a file hides everything below it.
            guard status.kind == .directory else { break }
            found.append(hostPath)
            if try Self.isOpaque(hostPath) { break }
        }
        stacks.withLock { stacks in
            if stacks.count >= Self.maximumRememberedDirectories { stacks = [:] }
            stacks[path] = found
        }
        return found
    }

    private static func isWhiteout(_ status: FileStatus) -> Bool {
        status.kind == .characterDevice && status.nodeMajor == 0 && status.nodeMinor == 0
    }

    private static func isOpaque(_ directory: String) throws(BuilderError) -> Bool {
        do {
            return try ExtendedAttributes.value(directory, "trusted.overlay.opaque") == [UInt8(ascii: "y")]
        } catch  where error.code == .unsupported || error.code == .notFound {
            return false
        } catch {
            throw BuilderError(.storage, error.message, cause: error)
        }
    }
}
