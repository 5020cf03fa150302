import Document
import Effects
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Runtime

/// Routes that stream: attach, wait and logs.
struct ContainerStreamRoutes: RouteGroup {
    let dependencies: DockerAPI.Dependencies
    private var runtime: ContainerRuntime { dependencies.runtime }

    init(dependencies: DockerAPI.Dependencies) {
        self.dependencies = dependencies
    }

    func add(to router: Router<ServiceContext>) {
        router.post("/containers/:id/attach") { request, context in try await attach(request, context) }
        router.post("/containers/:id/wait") { request, context in try wait(request, context) }
        router.get("/containers/:id/logs") { request, context in try logs(request, context) }
    }

    // MARK: - Attach

    private func attach(_ request: Request, _ context: ServiceContext) async throws -> Response {
        // The body is empty; reading it lets the connection leave HTTP.
        _ = try await request.body.collect(upTo: Request.jsonMaxBytes)
        let id = try context.pathValue("id")
        let keys = try DetachKeys.parse(request.queryItems["detachKeys"])
        let options = AttachOptions(
            input: request.flag("stdin"), output: request.flag("stdout"), errors: request.flag("stderr")
        )
        let wantsLogs = request.flag("logs")
        let snapshot = try runtime.inspect(id)
        let isTerminal = snapshot.record.request.tty
        // Registered before the head is sent: the client starts the container as soon as it sees the head.
        let ticket = request.flag("stream") ? try runtime.attach(id, options) : nil
        let records =
            wantsLogs
            ? try runtime.logs(id, LogQuery(output: options.output, errors: options.errors)) : nil
        return StreamSession.response(to: request, isTerminal: isTerminal) { client in
            if let records {
                for try await batch in records {
                    for record in batch { try await client.write(record.frame(isTerminal: isTerminal)) }
                }
            }
            guard let ticket else { return }
            let streams: ContainerStreams
            do {
                streams = try await ticket.streams()
            } catch {
                // The start failed; the client learns why from its start request.
                return
            }
            _ = await StreamSession.run(streams, over: client, detachKeys: keys)
        }
    }

    // MARK: - Wait

    private func wait(_ request: Request, _ context: ServiceContext) throws -> Response {
        let id = try context.pathValue("id")
        let text = request.queryItems["condition"] ?? ""
        guard let condition = text.isEmpty ? .notRunning : WaitCondition(rawValue: text) else {
            throw EngineError(.invalid, "invalid condition: \"\(text)\"")
        }
        let ticket = try runtime.wait(id, for: condition)
        // The head goes out at once: clients start the container only after they saw it.
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody { writer in
                let outcome = try await ticket.outcome()
                let error: JSONValue = outcome.error.isEmpty ? .null : ["Message": .string(outcome.error)]
                let reply: JSONValue = ["StatusCode": .integer(Int64(outcome.exitCode)), "Error": error]
                try await writer.write(ByteBuffer(bytes: JSONWriter.bytes(reply) + [10]))
                try await writer.finish(nil)
            }
        )
    }

    // MARK: - Logs

    private func logs(_ request: Request, _ context: ServiceContext) throws -> Response {
        let id = try context.pathValue("id")
        let now = dependencies.effects.now
        var query = LogQuery(output: request.flag("stdout"), errors: request.flag("stderr"))
        guard query.output || query.errors else {
            throw EngineError(.invalid, "Bad parameters: you must choose at least one stream")
        }
        let tail = request.queryItems["tail"] ?? ""
        // As docker does: anything that is not a number means all.
        query.tail = Int(tail).flatMap { $0 >= 0 ? $0 : nil }
        query.since = try TimeParameter.parse(request.queryItems["since"], now: now)
        query.until = try TimeParameter.parse(request.queryItems["until"], now: now)
        query.follow = request.flag("follow")
        let timestamps = request.flag("timestamps")
        let isTerminal = try runtime.inspect(id).record.request.tty
        let records = try runtime.logs(id, query)
        let mediaType = StreamFrame.mediaType(isTerminal: isTerminal, version: request.engineVersion)
        return Response(
            status: .ok, headers: [.contentType: mediaType],
            body: ResponseBody { writer in
                for try await batch in records {
                    var buffer = ByteBuffer()
                    for record in batch {
                        buffer.writeImmutableBuffer(record.frame(isTerminal: isTerminal, timestamps: timestamps))
                    }
                    try await writer.write(buffer)
                }
                try await writer.finish(nil)
            }
        )
    }
}

extension LogRecord {
    /// The record as a frame, or bare for a terminal.
    func frame(isTerminal: Bool, timestamps: Bool = false) -> ByteBuffer {
        let prefix = timestamps ? Array("\(time.rfc3339Nano) ".utf8) : []
        return StreamFrame.buffer(
            stream == .output ? .output : .errors, prefix + text, isTerminal: isTerminal
        )
    }
}
