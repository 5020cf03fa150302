import Document
import Effects
import HTTPService
import HTTPTypes
import Hummingbird
import Runtime

/// Life-cycle routes of containers: create, start, stop and their kin (docker-oci.md §4.3).
struct ContainerRoutes: RouteGroup {
    let dependencies: DockerAPI.Dependencies
    private var runtime: ContainerRuntime { dependencies.runtime }

    init(dependencies: DockerAPI.Dependencies) {
        self.dependencies = dependencies
    }

    func add(to router: Router<ServiceContext>) {
        router.get("/containers/json") { request, _ in try await list(request) }
        router.post("/containers/create") { request, context in try await create(request, context) }
        router.post("/containers/prune") { request, context in try await prune(request, context) }
        router.get("/containers/:id/json") { request, context in try inspect(request, context) }
        router.delete("/containers/:id") { request, context in try await remove(request, context) }
        router.post("/containers/:id/update") { request, context in try await update(request, context) }
        router.post("/containers/:id/start") { _, context in
            try await runtime.start(context.pathValue("id"), cause: context.cause)
            return Response.empty()
        }
        router.post("/containers/:id/stop") { request, context in
            try await runtime.stop(
                context.pathValue("id"), signal: request.queryItems["signal"], timeoutSeconds: request.number("t"),
                cause: context.cause
            )
            return Response.empty()
        }
        router.post("/containers/:id/restart") { request, context in
            try await runtime.restart(
                context.pathValue("id"), signal: request.queryItems["signal"], timeoutSeconds: request.number("t"),
                cause: context.cause
            )
            return Response.empty()
        }
        router.post("/containers/:id/kill") { request, context in
            try await runtime.kill(
                context.pathValue("id"), signal: request.queryItems["signal"] ?? "", cause: context.cause
            )
            return Response.empty()
        }
        router.post("/containers/:id/pause") { _, context in
            try await runtime.pause(context.pathValue("id"), cause: context.cause)
            return Response.empty()
        }
        router.post("/containers/:id/unpause") { _, context in
            try await runtime.unpause(context.pathValue("id"), cause: context.cause)
            return Response.empty()
        }
        router.post("/containers/:id/rename") { request, context in
            try await runtime.rename(
                context.pathValue("id"), to: request.queryItems["name"] ?? "", cause: context.cause
            )
            return Response.empty()
        }
        router.post("/containers/:id/resize") { request, context in
            let (rows, columns) = try request.terminalSize()
            try await runtime.resize(context.pathValue("id"), rows: rows, columns: columns)
            return Response.empty(.ok)
        }
    }

    // MARK: - Handlers

    private func create(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let wish = try ContainerRequest(json: try await request.jsonBody())
        let platform = request.queryItems["platform"] ?? ""
        guard platform.isEmpty || platform.hasSuffix(dependencies.engine.goArchitecture) else {
            throw EngineError(
                .invalid,
                "platform \(platform) cannot run here; this host is linux/\(dependencies.engine.goArchitecture)"
            )
        }
        let made = try await runtime.create(wish, name: request.queryItems["name"], cause: context.cause)
        return .json(
            ["Id": .string(made.id), "Warnings": .array(made.warnings.map { .string($0) })], status: .created
        )
    }

    private func inspect(_ request: Request, _ context: ServiceContext) throws -> Response {
        let snapshot = try runtime.inspect(try context.pathValue("id"))
        return .json(.object(ContainerView.inspect(snapshot, version: request.engineVersion)))
    }

    private func remove(_ request: Request, _ context: ServiceContext) async throws -> Response {
        guard !request.flag("link") else {
            throw EngineError(.notImplemented, "container links are not supported by skiff; use a network")
        }
        try await runtime.remove(
            context.pathValue("id"), force: request.flag("force"), removeVolumes: request.flag("v"),
            cause: context.cause
        )
        return Response.empty()
    }

    private func update(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let body = try await request.jsonBody()
        let warnings = try await runtime.update(
            context.pathValue("id"), resources: try ResourceRequest(updateJSON: body),
            restart: try RestartPolicy(updateJSON: body["RestartPolicy"]), cause: context.cause
        )
        return .json(["Warnings": .array(warnings.map { .string($0) })])
    }

    private func list(_ request: Request) async throws -> Response {
        let filters = try request.filters(allowed: ContainerFilter.names)
        let filter = try ContainerFilter(
            filters, all: request.flag("all"), limit: try request.number("limit"), runtime: runtime
        )
        let now = dependencies.effects.now
        let names = try await ImageNames(dependencies.images)
        let items = filter.apply(to: runtime.list(), names: names)
        return .json(.array(items.map { .object(ContainerView.listItem($0, names: names, now: now)) }))
    }

    private func prune(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let filters = try request.filters(allowed: ["until", "label", "label!"])
        let until = try TimeParameter.parse(filters["until"].first, now: dependencies.effects.now)
        var removed: [JSONValue] = []
        for item in runtime.list() {
            let record = item.record
            guard !record.state.isAlive, record.state.phase != .restarting, record.request.sandboxID == nil,
                filters.allowsLabels(record.request.labels)
            else { continue }
            if let until, record.createdAt > until { continue }
            do {
                try await runtime.remove(record.id, cause: context.cause)
                removed.append(.string(record.id))
            } catch let error as RuntimeError where error.code == .notFound || error.code == .conflict {
                // Somebody else was quicker, or has started it.
            }
        }
        return .json(["ContainersDeleted": removed.isEmpty ? .null : .array(removed), "SpaceReclaimed": 0])
    }
}

extension Request {
    /// `h` and `w` of a resize.
    func terminalSize() throws(EngineError) -> (rows: UInt16, columns: UInt16) {
        guard let rows = try number("h"), let columns = try number("w"), (0...Int(UInt16.max)).contains(rows),
            (0...Int(UInt16.max)).contains(columns)
        else { throw EngineError(.invalid, "h and w must be numbers from 0 to 65535") }
        return (UInt16(rows), UInt16(columns))
    }
}
