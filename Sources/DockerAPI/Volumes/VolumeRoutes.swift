import Document
import Effects
import HTTPService
import Hummingbird
import Runtime
import SystemLinux
import Volumes

/// Named volumes.
struct VolumeRoutes: RouteGroup {
    let dependencies: DockerAPI.Dependencies
    private var volumes: VolumeStore { dependencies.volumes }

    init(dependencies: DockerAPI.Dependencies) {
        self.dependencies = dependencies
    }

    func add(to router: Router<ServiceContext>) {
        router.get("/volumes") { request, _ in try list(request) }
        router.post("/volumes/create") { request, _ in try await create(request) }
        router.post("/volumes/prune") { request, _ in try await prune(request) }
        router.get("/volumes/:name") { _, context in
            Response.json(.object(Self.view(try volumes.get(try context.pathValue("name")))))
        }
        router.delete("/volumes/:name") { request, context in try await remove(request, context) }
    }

    private func list(_ request: Request) throws -> Response {
        let filters = try request.filters(allowed: ["dangling", "driver", "label", "name"])
        let found = volumes.list().filter { volume in
            guard filters.allows("driver", "local"), filters.allowsLabels(volume.labels) else { return false }
            let names = filters["name"]
            guard names.isEmpty || names.contains(where: { volume.name.contains($0) }) else { return false }
            guard let dangling = filters["dangling"].first else { return true }
            let wanted = !["0", "false", "no"].contains(dangling.lowercased())
            return dependencies.runtime.volumeUsers(volume.name).isEmpty == wanted
        }
        return .json(["Volumes": .array(found.map { .object(Self.view($0)) }), "Warnings": .null])
    }

    private func create(_ request: Request) async throws -> Response {
        let body = try await request.jsonBody()
        let driver = body["Driver"]?.stringValue ?? ""
        guard driver.isEmpty || driver == "local" else {
            throw EngineError(.notFound, "volume driver \"\(driver)\" is not supported by skiff; use local")
        }
        guard body["DriverOpts"]?.objectValue?.isEmpty ?? true else {
            throw EngineError(
                .notImplemented, "options of the local volume driver are not supported by skiff; leave them out")
        }
        var labels: [String: String] = [:]
        for (key, value) in body["Labels"]?.objectValue ?? [:] { labels[key] = value.stringValue ?? "" }
        let name = body["Name"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        let volumes = volumes
        let wanted = labels
        let made = try await BlockingPool.shared.run { try volumes.create(name: name, labels: wanted) }
        return .json(.object(Self.view(made.volume)), status: .created)
    }

    private func remove(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let name = try context.pathValue("name")
        let users = dependencies.runtime.volumeUsers(name)
        let volumes = volumes
        do {
            try await BlockingPool.shared.run { try volumes.remove(name, users: users) }
        } catch let error as VolumeError where error.code == .notFound && request.flag("force") {
            return Response.empty()
        }
        return Response.empty()
    }

    private func prune(_ request: Request) async throws -> Response {
        let filters = try request.filters(allowed: ["label", "label!", "all"])
        let isAll =
            filters["all"].contains { ["1", "true"].contains($0.lowercased()) }
            || request.engineVersion < EngineVersion(major: 1, minor: 42)
        var removed: [JSONValue] = []
        var reclaimed: Int64 = 0
        let volumes = volumes
        for volume in volumes.list() where (isAll || volume.isAnonymous) && filters.allowsLabels(volume.labels) {
            guard dependencies.runtime.volumeUsers(volume.name).isEmpty else { continue }
            reclaimed += try await BlockingPool.shared.run {
                let size = volumes.sizeBytes(of: volume)
                try volumes.remove(volume.name, users: [])
                return size
            }
            removed.append(.string(volume.name))
        }
        return .json([
            "VolumesDeleted": removed.isEmpty ? .null : .array(removed), "SpaceReclaimed": .integer(reclaimed),
        ])
    }

    static func view(_ volume: Volume) -> JSONObject {
        [
            "CreatedAt": .string(volume.createdAt.rfc3339), "Driver": "local",
            "Labels": volume.labels.isEmpty ? .null : ContainerView.labels(volume.labels),
            "Mountpoint": .string(volume.path), "Name": .string(volume.name), "Options": .null, "Scope": "local",
        ]
    }
}
