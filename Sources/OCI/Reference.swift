/// The name of an image: registry, repository, and a tag or digest (or both; the digest wins).
///
/// Parsing follows the distribution reference grammar and Docker's short forms: `python` means
/// `docker.io/library/python`. The first component is a registry only if it holds `.` or `:`, has an upper-case
/// letter, or is `localhost`.
public struct Reference: Hashable, Sendable, CustomStringConvertible {
    /// The registry that names without a registry belong to.
    public static let defaultRegistry = "docker.io"
    /// The tag of a reference with neither tag nor digest.
    public static let defaultTag = "latest"
    /// Longest accepted registry plus repository, in bytes.
    public static let nameLengthLimit = 255

    /// Host, with port if it has one: `docker.io`, `localhost:5000`, `[::1]:5000`.
    public let registry: String
    /// Path within the registry: `library/python`.
    public let repository: String
    /// The tag, if one was given.
    public let tag: String?
    /// The digest, if the reference is pinned.
    public let digest: Digest?

    /// Parses what people write. Throws `malformedReference`, `malformedName`, `malformedTag` or `malformedDigest`.
    ///
    /// No default tag is added; see `withDefaultTag`.
    public init(_ text: String) throws(OCIError) {
        var rest = Substring(text)
        var digest: Digest?
        if let at = rest.firstIndex(of: "@") {
            digest = try Digest(String(rest[rest.index(after: at)...]))
            rest = rest[..<at]
        }
        var tag: String?
        let lastComponent = rest.lastIndex(of: "/").map { rest.index(after: $0) } ?? rest.startIndex
        if let colon = rest[lastComponent...].lastIndex(of: ":") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        }
        guard !rest.isEmpty else {
            throw OCIError(.malformedReference, "image reference \(text.quotedForError) has no name")
        }
        if tag == nil, digest == nil, rest.utf8.count == 64, rest.utf8.allSatisfy(\.isLowerHex) {
            throw OCIError(
                .malformedReference,
                "\(text.quotedForError) is an image id, not a name; a name may not be 64 hex characters"
            )
        }
        let (registry, repository) = Self.splitRegistry(rest)
        try self.init(registry: registry, repository: repository, tag: tag, digest: digest)
    }

    /// Makes a reference of its parts, each checked. `index.docker.io` is written `docker.io`, and a repository of
    /// docker.io without a slash gains `library/`.
    public init(registry: String, repository: String, tag: String? = nil, digest: Digest? = nil) throws(OCIError) {
        guard Self.isRegistry(registry) else {
            throw OCIError(.malformedName, "registry \(registry.quotedForError) is not host[:port]")
        }
        let isDefault = registry == Self.defaultRegistry || registry == "index.docker.io"
        let path = isDefault && !repository.utf8.contains(UInt8(ascii: "/")) ? "library/" + repository : repository
        guard Self.isRepository(path) else {
            throw OCIError(.malformedName, Self.explainRepository(repository))
        }
        guard registry.utf8.count + 1 + path.utf8.count <= Self.nameLengthLimit else {
            throw OCIError(.malformedName, "image name \(repository.quotedForError) is longer than 255 characters")
        }
        if let tag, !Self.isTag(tag) {
            throw OCIError(
                .malformedTag,
                "tag \(tag.quotedForError) is not 1 to 128 of letters, digits, '_', '.', '-', or starts with '.' or '-'"
            )
        }
        self.registry = isDefault ? Self.defaultRegistry : registry
        self.repository = path
        self.tag = tag
        self.digest = digest
    }

    private init(_ other: Reference, tag: String?, digest: Digest?) {
        registry = other.registry
        repository = other.repository
        self.tag = tag
        self.digest = digest
    }

    /// Registry and repository: `docker.io/library/python`.
    public var name: String { "\(registry)/\(repository)" }

    /// Registry and repository as people write it: `python`, `quay.io/org/app`.
    public var familiarName: String {
        guard registry == Self.defaultRegistry else { return name }
        let official = "library/"
        if repository.hasPrefix(official), !repository.dropFirst(official.count).contains("/") {
            let short = String(repository.dropFirst(official.count))
            // `localhost` or a 64-hex name alone would be read as something else.
            return short == "localhost" || Self.looksLikeID(short) ? repository : short
        }
        let first = repository.prefix { $0 != "/" }
        return Self.looksLikeRegistry(first) ? name : repository
    }

    /// The whole reference: `docker.io/library/python:3.9@sha256:…`.
    public var canonical: String { name + suffix }

    /// The reference as people write it: `python:3.9`.
    public var familiar: String { familiarName + suffix }

    /// The canonical form.
    public var description: String { canonical }

    /// This reference with tag `latest` if it has neither tag nor digest.
    public var withDefaultTag: Reference {
        tag == nil && digest == nil ? Reference(self, tag: Self.defaultTag, digest: nil) : self
    }

    /// This name with another tag and without a digest. Throws `malformedTag`.
    public func with(tag: String) throws(OCIError) -> Reference {
        try Reference(registry: registry, repository: repository, tag: tag)
    }

    /// This name pinned to a digest, without a tag.
    public func with(digest: Digest) -> Reference { Reference(self, tag: nil, digest: digest) }

    /// This name alone.
    public var withoutTagAndDigest: Reference { Reference(self, tag: nil, digest: nil) }

    private var suffix: String { (tag.map { ":" + $0 } ?? "") + (digest.map { "@\($0)" } ?? "") }
}

extension Reference: Codable {
    /// Reads any form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        try self.init(try container.decode(String.self))
    }

    /// Writes the canonical form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(canonical)
    }
}

extension Reference: Comparable {
    /// Byte order of the canonical form.
    public static func < (left: Reference, right: Reference) -> Bool {
        left.canonical.utf8.lexicographicallyPrecedes(right.canonical.utf8)
    }
}
