import Document
import HTTPService
import Hummingbird
import Runtime

/// `GET /skiff/v1/containers/{id}/spec`: the OCI runtime specification that a container was started with.
struct SpecRoute: RouteGroup {
    let dependencies: DockerAPI.Dependencies

    init(dependencies: DockerAPI.Dependencies) {
        self.dependencies = dependencies
    }

    func add(to router: Router<ServiceContext>) {
        router.get("/skiff/v1/containers/:id/spec") { _, context -> Response in
            let name = try context.pathValue("id")
            guard let spec = try dependencies.runtime.inspect(name).spec else {
                throw EngineError(.conflict, "container \(name) was not started by this daemon, so it has no plan yet")
            }
            return Response.json(try JSONValue(encoding: spec))
        }
    }
}
