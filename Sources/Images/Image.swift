import Effects
import OCI

/// One image of the store as it can be run: its configuration, its manifest and its layers.
public struct Image: Sendable, Hashable {
    /// Digest of the configuration; what Docker calls the image id.
    public let id: Digest
    /// The manifest that this image was stored by.
    public let manifest: Descriptor
    /// The configuration, decoded.
    public let config: ImageConfig
    /// The layers, lowest first.
    public let layers: [Layer]
    /// Tags that point at it, in byte order.
    public let references: [Reference]
    /// Names with digests that it is known by at registries.
    public let repositoryDigests: [Reference]
    /// Sum of the uncompressed layers in bytes.
    public let sizeBytes: Int64
    /// When the store got it.
    public let storedAt: Timestamp
}

/// One layer: a tree of files with the digest of its tar.
public struct Layer: Sendable, Hashable {
    /// Digest of the uncompressed tar; stands in the configuration's `rootfs`.
    public let diffID: Digest
    /// How manifests name the layer.
    public let blob: Descriptor

    /// Makes a layer.
    public init(diffID: Digest, blob: Descriptor) {
        self.diffID = diffID
        self.blob = blob
    }
}

/// The directories of one container's overlay mount. Whoever runs the container mounts them.
///
/// Mount with `redirect_dir=off`, `metacopy=off`, `index=off`: a committed upper directory must hold whole files.
public struct OverlayRoot: Sendable, Hashable, Codable {
    /// Read-only trees, topmost first, as overlayfs' `lowerdir` reads; never empty.
    public let lower: [String]
    /// The container's own changes.
    public let upper: String
    /// Overlayfs' scratch directory, on the same file system as `upper`.
    public let work: String

    /// Makes a root of its parts.
    public init(lower: [String], upper: String, work: String) {
        self.lower = lower
        self.upper = upper
        self.work = work
    }
}

/// Who says what a tag points at.
public enum TagAuthority: String, Sendable, Codable {
    /// Made here by build, tag, load, import or push: the store itself is the truth.
    case local
    /// Came from a registry, which is asked again when the policy says so.
    case pulled
}

/// One tag of the store.
public struct StoredTag: Sendable, Hashable {
    /// Name and tag.
    public let reference: Reference
    /// The manifest or index it points at.
    public let target: Digest
    /// Who says so.
    public let authority: TagAuthority
    /// When it was last moved.
    public let updatedAt: Timestamp
}

/// When to ask a registry for an image (Kubernetes' `imagePullPolicy`, Docker's `--pull`).
public enum PullPolicy: String, Sendable, Codable {
    /// Ask each time, unless the tag was made here.
    case always
    /// Ask only when the store does not have it.
    case missing
    /// Never ask.
    case never
}

/// One row of an image's history, newest first.
public struct ImageHistoryEntry: Sendable, Hashable {
    /// The image id, on the newest row; nil where Docker prints `<missing>`.
    public let id: Digest?
    /// When the step was made; RFC 3339, nil when unknown.
    public let created: String?
    /// The command that made it.
    public let createdBy: String
    /// Bytes of the step's layer; 0 for steps without one.
    public let sizeBytes: Int64
    /// A remark.
    public let comment: String
    /// Tags of the image, on the newest row.
    public let references: [Reference]
}
