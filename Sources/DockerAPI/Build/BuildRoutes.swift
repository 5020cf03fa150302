import Builder
import Document
import Effects
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import OCI

/// `POST /build` as the docker command line and libraries send it, `POST /build/prune`, and our own
/// `/skiff/v1/build`, which reads a context in place.
public struct BuildRoutes: RouteGroup {
    private let engine: BuildEngine
    private let logger: Logger

    /// Routes to `engine`; failures that are no fault of a request go to `logger`.
    public init(engine: BuildEngine, logger: Logger) {
        self.engine = engine
        self.logger = logger
    }

    /// Adds the routes.
    public func add(to router: Router<ServiceContext>) {
        router.post("/build") { request, context in try await classic(request, context) }
        router.post("/build/prune") { request, _ in try await prune(request) }
        router.post("/build/cancel") { _, _ in Response.empty() }
        router.post("/skiff/v1/build") { request, context in try await inPlace(request, context) }
        router.get("/skiff/v1/build/cache") { _, _ in try await cacheContent() }
    }

    // MARK: - Building

    /// The classic route (docker-oci.md §4.4): the body is the context, errors of the Dockerfile come as status 400.
    private func classic(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let upload = try await engine.beginUpload()
        do {
            // The body is read before anything is judged: clients write it whole before they look at a reply.
            for try await buffer in request.body { try await upload.append(Array(buffer.readableBytesView)) }
            var parameters = try ClassicBuildParameters(request.queryItems)
            parameters.request.contextDirectory = try await upload.finish()
            parameters.request.cause = context.cause
            try await engine.validate(parameters.request)
            let (isQuiet, notes, build) = (parameters.isQuiet, parameters.notes, parameters.request)
            return stream(build, ClassicBuildStream(isQuiet: isQuiet, notes: notes)) { await upload.discard() }
        } catch {
            await upload.discard()
            throw BuildFailure.engineError(from: error)
        }
    }

    /// Our own route: a JSON request that names the context's directory; the reply is one JSON value per line.
    private func inPlace(_ request: Request, _ context: ServiceContext) async throws -> Response {
        do {
            var build = try InPlaceBuildParameters.request(from: try await request.jsonBody(), peer: context.peer)
            build.cause = context.cause
            return stream(build, BuildProgressStream()) {}
        } catch {
            throw BuildFailure.engineError(from: error)
        }
    }

    /// Runs the build while its progress is written. A client that goes away cancels it.
    private func stream(
        _ build: BuildRequest, _ form: some BuildStreamForm, cleanUp: @escaping @Sendable () async -> Void
    ) -> Response {
        let (engine, logger) = (engine, logger)
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody { writer in
                let queue = ProgressQueue()
                var form = form
                let outcome = await withTaskGroup(of: Result<BuildResult, any Error>.self) { group in
                    group.addTask {
                        defer { queue.finish() }
                        do { return .success(try await engine.build(build) { queue.add($0) }) } catch {
                            return .failure(error)
                        }
                    }
                    do {
                        while let events = await queue.next() {
                            var bytes: [UInt8] = []
                            for event in events { form.append(event, to: &bytes) }
                            if !bytes.isEmpty { try await writer.write(ByteBuffer(bytes: bytes)) }
                        }
                    } catch {
                        // The reader is gone: the build ends, and its outcome has no reader either.
                        group.cancelAll()
                    }
                    return await group.next()
                }
                await cleanUp()
                var bytes: [UInt8] = []
                switch outcome {
                case .success(let result): form.finish(result, to: &bytes)
                case .failure(let error):
                    if !(error is BuilderError) { logger.error("build failed", metadata: ["error": "\(error)"]) }
                    form.fail(error, to: &bytes)
                case nil: break
                }
                try await writer.write(ByteBuffer(bytes: bytes))
                try await writer.finish(nil)
            })
    }

    // MARK: - The cache

    private func prune(_ request: Request) async throws -> Response {
        let filters = try request.filters(allowed: ["until", "unused-for", "id", "type", "inuse"])
        for name in ["id", "type", "inuse"] where !filters[name].isEmpty {
            throw EngineError(.notImplemented, "filter \"\(name)\" of build prune is not supported by skiff")
        }
        let age = (filters["until"] + filters["unused-for"]).first
        let limit = try TimeParameter.parse(age, now: engine.effects.now)
        let report = try await engine.prune(all: request.flag("all"), unusedSince: limit)
        return .json([
            "CachesDeleted": .array(report.removed.map { .string($0) }),
            "SpaceReclaimed": .integer(report.reclaimedBytes),
        ])
    }

    private func cacheContent() async throws -> Response {
        let records = try await engine.records().map { record -> JSONValue in
            [
                "id": .string(record.key), "description": .string(record.title),
                "layer": record.diffID.map { .string($0.description) } ?? .null,
                "sizeBytes": .integer(record.sizeBytes), "createdAt": .string(record.created.rfc3339),
                "lastUsedAt": .string(record.lastUsed.rfc3339),
            ]
        }
        let mounts = try await engine.cacheMounts().map { mount -> JSONValue in
            ["name": .string(mount.name), "sizeBytes": .integer(mount.sizeBytes)]
        }
        return .json(["records": .array(records), "cacheMounts": .array(mounts)])
    }
}

/// How a build's progress is written into a reply.
protocol BuildStreamForm: Sendable {
    /// Appends one event.
    mutating func append(_ event: BuildProgress, to bytes: inout [UInt8])
    /// Appends what follows a build that succeeded.
    mutating func finish(_ result: BuildResult, to bytes: inout [UInt8])
    /// Appends what follows a build that failed.
    mutating func fail(_ error: any Error, to bytes: inout [UInt8])
}

extension BuildStreamForm {
    /// Appends one JSON value and a line break.
    func append(_ value: JSONValue, to bytes: inout [UInt8]) {
        JSONWriter.append(value, to: &bytes)
        bytes += [13, 10]
    }
}
