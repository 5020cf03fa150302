import Cluster
import DockerAPI
import Document
import Effects
import HTTPService
import HTTPTypes
import Hummingbird
import Images
import NIOCore
import Runtime

/// `GET /skiff/v1/status` and `POST /skiff/v1/down`.
struct StatusRoutes: RouteGroup {
    /// Longest grace that `down` takes, in seconds.
    static let graceMaxSeconds = 3600

    let paths: PlatformPaths
    let facts: PlatformFacts
    let keeper: KeeperConnection
    let runtime: ContainerRuntime
    let images: ImageStore
    let store: ClusterStore
    let supervisor: Supervisor
    let effects: Effects

    func add(to router: Router<ServiceContext>) {
        router.get("/skiff/v1/status") { _, _ in
            let report = facts.report(
                paths: paths, keeperPID: keeper.keeperPID, now: effects.now, counts: try await counts()
            )
            return Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONEncoding.encode(report)))
            )
        }
        router.post("/skiff/v1/down") { request, _ in
            let text = request.uri.queryParameters["t"].map(String.init) ?? "10"
            guard let seconds = Int(text), (0...Self.graceMaxSeconds).contains(seconds) else {
                throw HTTPError(.badRequest, message: "t takes 0 to \(Self.graceMaxSeconds) seconds")
            }
            supervisor.stop(.down(graceSeconds: seconds))
            return Response(status: .accepted)
        }
    }

    private func counts() async throws -> [String: Int] {
        let containers = runtime.list()
        return [
            "containers": containers.count,
            "running": containers.filter { $0.record.state.isAlive }.count,
            "images": try await images.list().count,
            "pods": store.all(.pods).count,
        ]
    }
}
