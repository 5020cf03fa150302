import OCI
import SystemLinux

/// Where things lie under the store's root. Everything is on one file system, so that renames are atomic.
struct StoreLayout: Sendable {
    let root: String

    var database: String { "\(root)/images.sqlite" }
    /// Finished blobs, as an OCI layout names them: `blobs/<algorithm>/<hex>`.
    var blobs: String { "\(root)/blobs" }
    /// Unfinished blobs and trees; emptied at every start.
    var ingest: String { "\(root)/ingest" }
    /// Unpacked layers in overlay form.
    var layers: String { "\(root)/layers" }
    /// Changes of containers: `<id>/upper` and `<id>/work`.
    var roots: String { "\(root)/roots" }
    /// Trees on their way out; emptied at every start and after every collection.
    var trash: String { "\(root)/trash" }
    /// A directory without content, the lower tree of an image without layers.
    var emptyTree: String { "\(root)/empty" }

    func blob(_ digest: Digest) -> String { "\(blobs)/\(digest.algorithm.rawValue)/\(digest.hex)" }
    func layer(_ name: String) -> String { "\(layers)/\(name)" }
    func upper(_ containerID: String) -> String { "\(roots)/\(containerID)/upper" }
    func work(_ containerID: String) -> String { "\(roots)/\(containerID)/work" }

    /// Makes the directories and clears what an earlier process left unfinished. Blocks.
    func prepare() throws(LinuxError) {
        // The store holds set-id programs and other people's files: nobody but root looks in (CVE-2021-41091).
        try Directory.make(root, mode: 0o700)
        for path in [ingest, trash] { try Directory.removeTree(path) }
        for path in [ingest, trash, layers, roots] { try Directory.make(path, mode: 0o700) }
        try Directory.make(emptyTree, mode: 0o755)
        for algorithm in Digest.Algorithm.allCases { try Directory.make("\(blobs)/\(algorithm.rawValue)", mode: 0o700) }
    }
}
