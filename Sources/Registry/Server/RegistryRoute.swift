import OCI

/// What a request to the registry asks for, taken from its method and path (distribution-spec, "Endpoints").
enum RegistryRoute: Hashable {
    case base
    case catalog
    case blob(Repository, Digest)
    case startUpload(Repository)
    case upload(Repository, id: String)
    case manifest(Repository, ManifestName)
    case tags(Repository)
    case referrers(Repository, Digest)

    /// A repository as the path names it, and the name of the store it means.
    struct Repository: Hashable, Sendable {
        let path: String
        let reference: Reference
    }

    /// The last part of a manifest's path.
    enum ManifestName: Hashable, Sendable {
        case tag(String)
        case digest(Digest)
    }

    /// Reads decoded path segments. Names may hold slashes and even words like `blobs`: read from the end.
    ///
    /// Nil for a path that is none of the registry's. Throws the specification's error for a malformed part.
    init?(segments: [String]) throws(RegistryError) {
        guard segments.first == "v2" else { return nil }
        let parts = segments.dropFirst()
        switch (parts.count, parts.last) {
        case (0, _): self = .base
        case (1, "_catalog"?): self = .catalog
        case (3..., "list"?) where parts.dropLast().last == "tags":
            self = .tags(try Self.repository(parts.dropLast(2)))
        case (3..., "uploads"?) where parts.dropLast().last == "blobs":
            self = .startUpload(try Self.repository(parts.dropLast(2)))
        case (4..., let id?) where parts.suffix(3).starts(with: ["blobs", "uploads"]):
            self = .upload(try Self.repository(parts.dropLast(3)), id: id)
        case (3..., let name?):
            guard let route = try Self.item(name, of: parts) else { return nil }
            self = route
        default: return nil
        }
    }

    private static func item(_ name: String, of parts: ArraySlice<String>) throws(RegistryError) -> RegistryRoute? {
        let above = parts.dropLast(2)
        switch parts.dropLast().last {
        case "blobs": return .blob(try repository(above), try digest(name))
        case "referrers": return .referrers(try repository(above), try digest(name))
        case "manifests":
            let repository = try repository(above)
            if name.utf8.contains(UInt8(ascii: ":")) { return .manifest(repository, .digest(try digest(name))) }
            guard Reference.isTag(name) else {
                throw RegistryError(.manifestInvalid, status: 400, "tag is malformed")
            }
            return .manifest(repository, .tag(name))
        default: return nil
        }
    }

    static func digest(_ text: String) throws(RegistryError) -> Digest {
        do { return try Digest(text) } catch {
            throw RegistryError(.digestInvalid, status: 400, error.message)
        }
    }

    private static func repository(_ parts: ArraySlice<String>) throws(RegistryError) -> Repository {
        try repository(parts.joined(separator: "/"))
    }

    static func repository(_ path: String) throws(RegistryError) -> Repository {
        guard Reference.isRepository(path) else {
            throw RegistryError(.nameInvalid, status: 400, "repository name is malformed")
        }
        do { return Repository(path: path, reference: try Reference(path)) } catch {
            throw RegistryError(.nameInvalid, status: 400, error.message)
        }
    }
}
