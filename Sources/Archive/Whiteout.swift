import SystemLinux

/// How a layer says that something of the layers below is gone: in tars (OCI image-spec, layer.md, "Whiteouts") and
/// on overlayfs.
enum Whiteout {
    /// A file of this prefix hides the entry named by the rest.
    static let prefix = Array(".wh.".utf8)
    /// A file of this name hides everything that lower layers have in its directory.
    static let opaque = FileName(".wh..wh..opq")
    /// Bookkeeping of aufs, meaningless for us: hard-link farm and other `.wh..wh.` names.
    static let bookkeepingPrefix = Array(".wh..wh.".utf8)

    /// Overlayfs' mark of a directory that hides what is below.
    static let opaqueAttribute = "trusted.overlay.opaque"
    /// All of overlayfs' own attributes.
    static let overlayAttributePrefix = "trusted.overlay."
    /// The value of `opaqueAttribute`.
    static let yes = Array("y".utf8)

    /// Attributes of overlayfs that change what a file's content or place is; a tree with one is no layer.
    static let redirecting: Set<String> = ["trusted.overlay.redirect", "trusted.overlay.metacopy"]

    static func isPrefixed(_ name: FileName) -> Bool { name.bytes.starts(with: prefix) }

    /// Overlayfs' whiteout: a character device 0:0.
    static func isOverlayWhiteout(_ status: FileStatus) -> Bool {
        status.kind == .characterDevice && status.nodeMajor == 0 && status.nodeMinor == 0
    }
}
