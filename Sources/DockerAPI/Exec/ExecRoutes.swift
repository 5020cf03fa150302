import Document
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Runtime

/// Further processes in running containers.
struct ExecRoutes: RouteGroup {
    let dependencies: DockerAPI.Dependencies
    private var runtime: ContainerRuntime { dependencies.runtime }

    init(dependencies: DockerAPI.Dependencies) {
        self.dependencies = dependencies
    }

    func add(to router: Router<ServiceContext>) {
        router.post("/containers/:id/exec") { request, context in try await create(request, context) }
        router.post("/exec/:id/start") { request, context in try await start(request, context) }
        router.get("/exec/:id/json") { _, context in
            Response.json(.object(Self.view(try runtime.inspectExec(try context.pathValue("id")))))
        }
        router.post("/exec/:id/resize") { request, context in
            let (rows, columns) = try request.terminalSize()
            try await runtime.resizeExec(context.pathValue("id"), rows: rows, columns: columns)
            return Response.empty(.ok)
        }
    }

    private func create(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let body = try await request.jsonBody()
        let id = try runtime.createExec(try context.pathValue("id"), try ExecRequest(json: body))
        return .json(["Id": .string(id)], status: .created)
    }

    private func start(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let body = try await request.jsonBody()
        let id = try context.pathValue("id")
        let exec = try runtime.inspectExec(id)
        guard !exec.wasStarted else { throw EngineError(.conflict, "exec \(id) was started already") }
        if body["Detach"]?.boolValue == true {
            _ = try await runtime.startExec(id, detached: true, cause: context.cause)
            return Response.empty(.ok)
        }
        if let size = body["ConsoleSize"]?.arrayValue, size.count == 2, let rows = size[0].intValue,
            let columns = size[1].intValue
        {
            try await runtime.resizeExec(id, rows: UInt16(clamping: rows), columns: UInt16(clamping: columns))
        }
        let cause = context.cause
        return StreamSession.response(to: request, isTerminal: exec.request.tty) { client in
            do {
                guard let streams = try await runtime.startExec(id, detached: false, cause: cause) else { return }
                let hasDetached = await StreamSession.run(streams, over: client, detachKeys: [16, 17])
                // Clients ask for the exit code as soon as the stream ends.
                if !hasDetached { _ = try await runtime.waitExec(id) }
            } catch let error as RuntimeError {
                // Docker tells in the stream why a program could not be run; the exit code says the rest.
                try await client.write(
                    StreamFrame.buffer(
                        .output, Array("OCI runtime exec failed: \(error.message)\r\n".utf8),
                        isTerminal: exec.request.tty
                    )
                )
            }
        }
    }

    private static func view(_ exec: ExecRecord) -> JSONObject {
        [
            "ID": .string(exec.id),
            "Running": .bool(exec.isRunning),
            "ExitCode": exec.exitCode.map { .integer(Int64($0)) } ?? .null,
            "ProcessConfig": [
                "tty": .bool(exec.request.tty), "entrypoint": .string(exec.request.arguments.first ?? ""),
                "arguments": .array(exec.request.arguments.dropFirst().map { .string($0) }),
                "privileged": .bool(exec.request.privileged), "user": .string(exec.request.user),
            ],
            "OpenStdin": .bool(exec.request.attachStdin), "OpenStderr": .bool(exec.request.attachStderr),
            "OpenStdout": .bool(exec.request.attachStdout), "CanRemove": false,
            "ContainerID": .string(exec.containerID), "DetachKeys": "", "Pid": .integer(Int64(exec.pid)),
        ]
    }
}
