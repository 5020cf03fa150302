import Document
import HTTPService
import HTTPTypes
import Hummingbird
import Images
import OCI

extension RegistryResponder {
    /// Most entries of one page of a list.
    static let pageLimit = 1000

    func catalog(_ request: Request) async throws -> Response {
        // What the wire calls a repository: the familiar name of the store's.
        let names = try await store.repositories().compactMap { try? Reference($0).familiarName }.sorted(
            by: Self.byBytes)
        let page = try Self.page(names, request, path: "/v2/_catalog")
        return Self.list(["repositories": .array(page.items.map { .string($0) })], link: page.link)
    }

    func tags(_ repository: RegistryRoute.Repository, _ request: Request) async throws -> Response {
        guard let tags = try await store.tags(of: repository.reference) else {
            throw RegistryError(.nameUnknown, status: 404, "no such repository")
        }
        let page = try Self.page(tags.sorted(by: Self.byBytes), request, path: "/v2/\(repository.path)/tags/list")
        return Self.list(
            ["name": .string(repository.path), "tags": .array(page.items.map { .string($0) })], link: page.link
        )
    }

    func referrers(
        _ repository: RegistryRoute.Repository, _ digest: Digest, _ request: Request
    ) async throws -> Response {
        var found = try await store.referrers(of: digest, repository: repository.reference)
        let filter = request.queryItems["artifactType"]
        if let filter { found = found.filter { $0.artifactType == filter } }
        let document = String(decoding: try JSONEncoding.encode(Index(manifests: found)), as: UTF8.self)
        var response = Self.json(document, mediaType: OCI.MediaType.ociIndex.rawValue)
        if filter != nil { response.headers.set("OCI-Filters-Applied", "artifactType") }
        return response
    }

    /// One page of a sorted list: after `last`, at most `n` (distribution-spec, "Listing Tags").
    static func page(
        _ all: [String], _ request: Request, path: String
    ) throws -> (items: [String], link: String?) {
        let query = request.queryItems
        var count = pageLimit
        if let text = query["n"] {
            guard let number = Int(text), number >= 0 else {
                throw RegistryError(.unsupported, status: 400, "parameter n is not a number")
            }
            count = min(number, pageLimit)
        }
        var rest = all[...]
        if let last = query["last"] { rest = rest.drop { !byBytes(last, $0) } }
        let items = Array(rest.prefix(count))
        guard count > 0, items.count < rest.count, let last = items.last else { return (items, nil) }
        return (items, "<\(path)?n=\(count)&last=\(PercentEncoding.encode(last))>; rel=\"next\"")
    }

    private static func list(_ document: JSONValue, link: String?) -> Response {
        var response = json(JSONWriter.string(document))
        if let link { response.headers.set("Link", link) }
        return response
    }

    private static func byBytes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
