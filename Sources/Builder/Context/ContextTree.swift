import Synchronization
import SystemLinux

/// A build context on disk, without what its ignore file excludes.
///
/// Directories are listed when first asked for and remembered, so a COPY of one file does not walk the rest.
public final class ContextTree: FileTree {
    /// More entries than this in one context are refused.
    public static let maximumEntries = 2_000_000

    /// The context's directory on the host.
    public let root: String
    private let rules: IgnoreRules
    private let state: Mutex<State>

    private struct State {
        var listings: [String: Listing] = [:]
        var entryCount = 0
    }

    private struct Listing {
        let entries: [TreeEntry]
        /// Verdicts of the directories among the entries.
        let verdicts: [String: IgnoreRules.Verdict]
    }

    /// A context at `root`, an absolute path to a directory.
    public init(root: String, rules: IgnoreRules = .none) {
        self.root = root
        self.rules = rules
        state = Mutex(State())
    }

    /// The entry at `path`; nil when there is none, or it is hidden. Blocks.
    public func entry(at path: String) throws(BuilderError) -> TreeEntry? {
        if path.isEmpty {
            guard let status = try HostFile.status(root) else { return nil }
            return TreeEntry(path: "", status: status, hostPath: root)
        }
        return try listing(of: PathText.parent(path))?.entries.first { $0.path == path }
    }

    /// What lies in the directory `path`, in byte order; empty when it is none. Blocks.
    public func children(of path: String) throws(BuilderError) -> [TreeEntry] {
        try listing(of: path)?.entries ?? []
    }

    /// The listing of a directory; nil when it is none or is excluded.
    private func listing(of directory: String) throws(BuilderError) -> Listing? {
        if let known = state.withLock({ $0.listings[directory] }) { return known }
        let verdict: IgnoreRules.Verdict
        if directory.isEmpty {
            verdict = rules.rootVerdict
        } else {
            guard let found = try listing(of: PathText.parent(directory))?.verdicts[directory] else { return nil }
            verdict = found
        }
        let listing = try read(directory, verdict: verdict)
        let total = state.withLock { state in
            state.listings[directory] = listing
            state.entryCount += listing.entries.count
            return state.entryCount
        }
        guard total <= Self.maximumEntries else {
            throw BuilderError(
                .limit,
                "the build context \(root) has more than \(Self.maximumEntries) entries: exclude some in .dockerignore")
        }
        return listing
    }

    private func read(_ directory: String, verdict: IgnoreRules.Verdict) throws(BuilderError) -> Listing {
        let hostDirectory = PathText.join(root, directory)
        let names = try HostFile.wrapped { () throws(LinuxError) in try Directory.entries(hostDirectory) }
        var entries: [TreeEntry] = []
        entries.reserveCapacity(names.count)
        var verdicts: [String: IgnoreRules.Verdict] = [:]
        for name in names.map(\.name).sorted(by: { $0.precedesInBytes($1) }) {
            let path = PathText.join(directory, name)
            let judged = rules.isEmpty ? verdict : rules.judge(path, below: verdict)
            let hostPath = hostDirectory + "/" + name
            // A file that vanished between the listing and here was never in the context.
            guard let status = try HostFile.listedStatus(hostPath) else { continue }
            if judged.isExcluded {
                guard status.kind == .directory, rules.mayReadmit(below: path) else { continue }
                guard !(try read(path, verdict: judged).entries.isEmpty) else { continue }
            }
            entries.append(TreeEntry(path: path, status: status, hostPath: hostPath))
            if status.kind == .directory { verdicts[path] = judged }
        }
        return Listing(entries: entries, verdicts: verdicts)
    }
}
