/// What happens to images and tags. Published by Images; Builder's watchers, Controllers (auto-rollout) and the
/// Docker event stream listen.
public enum ImageEvent: Sendable, Hashable {
    /// A tag points at a digest: after build, pull, push, load, import or tag.
    case tagged(reference: String, digest: String)
    /// A tag was taken away.
    case untagged(reference: String, digest: String)
    /// A pull ended well, also when nothing was new.
    case pulled(reference: String, digest: String)
    /// An upload to another registry ended well.
    case pushed(reference: String, digest: String)
    /// Content came from an archive.
    case imported(reference: String, digest: String)
    /// The image's last tag is gone and its record removed.
    case removed(digest: String)

    var details: EventDetails {
        switch self {
        case .tagged(let reference, let digest): EventDetails("tagged", ["reference": reference, "digest": digest])
        case .untagged(let reference, let digest): EventDetails("untagged", ["reference": reference, "digest": digest])
        case .pulled(let reference, let digest): EventDetails("pulled", ["reference": reference, "digest": digest])
        case .pushed(let reference, let digest): EventDetails("pushed", ["reference": reference, "digest": digest])
        case .imported(let reference, let digest): EventDetails("imported", ["reference": reference, "digest": digest])
        case .removed(let digest): EventDetails("removed", ["digest": digest])
        }
    }
}
