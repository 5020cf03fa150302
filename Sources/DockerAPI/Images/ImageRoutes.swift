import Document
import Effects
import EventBus
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Images
import NIOCore
import OCI
import Registry

/// The Engine API's image routes (docker-oci.md §4.3), and `/skiff/v1/images/bootstrap`.
public struct ImageRoutes: RouteGroup {
    let images: ImageStore
    let registry: RegistryClient
    let bootstrap: any ImageBootstrapper
    let effects: Effects

    /// Routes over a store, the client for other registries, and the maker of base images.
    public init(
        images: ImageStore, registry: RegistryClient, bootstrap: any ImageBootstrapper, effects: Effects
    ) {
        self.images = images
        self.registry = registry
        self.bootstrap = bootstrap
        self.effects = effects
    }

    /// Adds the routes.
    public func add(to router: Router<ServiceContext>) {
        router.get("/images/json") { request, _ in try await list(request) }
        router.get("/images/get") { request, _ in try await save(request.queryItems.all("names")) }
        router.get("/images/search") { _, _ -> Response in
            throw EngineError(
                .notImplemented, "searching registries is not supported; look the name up on the registry's site"
            )
        }
        router.post("/images/create") { request, context in try await create(request, context) }
        router.post("/images/load") { request, context in try await load(request, context) }
        router.post("/images/prune") { request, context in try await prune(request, context) }
        router.post("/auth") { request, _ in try await login(request) }
        router.post("/skiff/v1/images/bootstrap") { request, context in try await makeBase(request, context) }
        router.named(
            .get, under: "images",
            actions: [
                "json": { _, _, name in .json(ImageView.detail(try await images.resolve(name))) },
                "history": { _, _, name in try await history(name) },
                "get": { _, _, name in try await save([name]) },
            ]
        )
        router.named(
            .post, under: "images",
            actions: [
                "tag": { request, context, name in try await tag(name, request, context) },
                "push": { request, context, name in try await push(name, request, context) },
            ]
        )
        router.named(.delete, under: "images", actions: ["": { try await remove($2, $0, $1) }])
        router.named(
            .get, under: "distribution",
            actions: ["json": { request, _, name in try await distribution(name, request) }]
        )
    }

    private func list(_ request: Request) async throws -> Response {
        let filters = try request.filters(allowed: ["dangling", "label", "before", "since", "reference", "until"])
        let all = try await images.list()
        let bounds = try await bounds(filters)
        let dangling = filters["dangling"].first.map { !["0", "false"].contains($0.lowercased()) }
        let shown = all.filter { image in
            (dangling == nil || image.references.isEmpty == dangling)
                && filters.allowsLabels(image.config.config?.labels ?? [:])
                && matches(filters["reference"], image)
                && bounds.allSatisfy { $0(image) }
        }
        return .json(.array(shown.map { ImageView.summary($0) }))
    }

    private func bounds(_ filters: Filters) async throws -> [@Sendable (Image) -> Bool] {
        var bounds: [@Sendable (Image) -> Bool] = []
        for name in filters["before"] {
            let limit = ImageView.created(try await images.resolve(name))
            bounds.append { ImageView.created($0) < limit }
        }
        for name in filters["since"] {
            let limit = ImageView.created(try await images.resolve(name))
            bounds.append { ImageView.created($0) > limit }
        }
        for text in filters["until"] {
            guard let limit = try TimeParameter.parse(text, now: effects.now) else { continue }
            bounds.append { ImageView.created($0) < limit }
        }
        return bounds
    }

    private func matches(_ patterns: [String], _ image: Image) -> Bool {
        guard !patterns.isEmpty else { return true }
        return image.references.contains { reference in
            patterns.contains { NamePattern($0).matches(reference) }
        }
    }

    private func history(_ name: String) async throws -> Response {
        let entries = try await images.history(of: try await images.resolve(name))
        return .json(.array(entries.map { ImageView.history($0) }))
    }

    private func tag(_ name: String, _ request: Request, _ context: ServiceContext) async throws -> Response {
        guard let repository = request.queryItems["repo"], !repository.isEmpty else {
            throw EngineError(.invalid, "parameter repo is missing")
        }
        try await images.tag(
            name, as: try Self.reference(repository, tag: request.queryItems["tag"]), cause: context.cause)
        return .empty(.created)
    }

    private func remove(_ name: String, _ request: Request, _ context: ServiceContext) async throws -> Response {
        let steps = try await images.remove(name, force: request.flag("force"), cause: context.cause)
        return .json(.array(steps.map { ImageView.removal($0) }))
    }

    private func prune(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let filters = try request.filters(allowed: ["dangling", "until", "label", "label!"])
        let onlyDangling = filters["dangling"].first.map { !["0", "false"].contains($0.lowercased()) } ?? true
        let until = try TimeParameter.parse(filters["until"].first, now: effects.now)
        let (removals, report) = try await images.prune(all: !onlyDangling, until: until, cause: context.cause) {
            image in
            filters.allowsLabels(image.config.config?.labels ?? [:])
        }
        return .json([
            "ImagesDeleted": removals.isEmpty ? .null : .array(removals.map { ImageView.removal($0) }),
            "SpaceReclaimed": .integer(report.reclaimedBytes),
        ])
    }

    /// A reference of a name and the separate `tag` parameter, which may hold a digest.
    static func reference(_ name: String, tag: String?) throws(EngineError) -> Reference {
        let suffix = tag.flatMap { $0.isEmpty ? nil : ($0.contains(":") ? "@" : ":") + $0 } ?? ""
        do {
            let parsed = try Reference(name)
            // A name with a tag of its own and a second one is ambiguous: the parameter wins, as with docker.
            return suffix.isEmpty ? parsed : try Reference(parsed.name + suffix)
        } catch {
            throw EngineError(.invalid, "invalid reference format: \(error.message)")
        }
    }
}
