import Document
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging

/// The outermost layer of the Engine API: takes the version prefix off the path, answers unknown versions, turns every
/// error into `{"message": …}` and signs every reply.
struct EngineResponder<Inner: HTTPResponder>: HTTPResponder where Inner.Context == ServiceContext {
    let router: Inner
    let engine: EngineInfo
    let logger: Logger

    init(router: Inner, engine: EngineInfo, logger: Logger) {
        self.router = router
        self.engine = engine
        self.logger = logger
    }

    func respond(to request: Request, context: ServiceContext) async throws -> Response {
        var response: Response
        do {
            response = try await router.respond(to: try versioned(request), context: context)
            // The router's own answer for a path nobody has.
            if response.status == .notFound, response.body.contentLength == 0 {
                response = .message("page not found", status: .notFound)
            }
        } catch {
            response = respond(to: error, request: request, context: context)
        }
        response.headers[.apiVersion] = EngineInfo.apiVersion.description
        response.headers[.dockerExperimental] = "false"
        response.headers[.osType] = "linux"
        response.headers[.server] = "Docker/\(engine.version) (linux)"
        return response
    }

    /// The request with its path bare and its version in a header field of ours.
    private func versioned(_ request: Request) throws -> Request {
        var head = request.head
        var version = EngineInfo.apiVersion
        if let path = head.path, path.hasPrefix("/v1."), let slash = path.dropFirst(1).firstIndex(of: "/") {
            let text = path[path.index(path.startIndex, offsetBy: 2)..<slash]
            guard let named = EngineVersion(text) else { throw EngineError(.notFound, "page not found") }
            guard named <= EngineInfo.apiVersion else {
                throw EngineError(
                    .invalid,
                    "client version \(named) is too new. Maximum supported API version is \(EngineInfo.apiVersion)"
                )
            }
            guard named >= EngineInfo.minimumAPIVersion else {
                throw EngineError(
                    .invalid,
                    "client version \(named) is too old. Minimum supported API version is "
                        + "\(EngineInfo.minimumAPIVersion), please upgrade your client to a newer version"
                )
            }
            version = named
            head.path = String(path[slash...])
        }
        head.headerFields[.engineVersion] = version.description
        return Request(head: head, body: request.body)
    }

    private func respond(to error: any Error, request: Request, context: ServiceContext) -> Response {
        if let failure = error as? any HTTPResponseError {
            let message = failure.status == .notFound ? "page not found" : "\(error)"
            return .message(message, status: failure.status)
        }
        let mapped = ErrorMapping.engineError(from: error)
        if mapped.code == .internalFailure {
            context.logger.error(
                "failed request", metadata: ["http.path": "\(request.rawPath)", "error": "\(mapped)"]
            )
        }
        if mapped.code == .unchanged { return Response(status: .notModified) }
        return .message(mapped.description, status: .init(code: mapped.code.status))
    }
}

extension Request {
    /// The API version this request speaks.
    var engineVersion: EngineVersion {
        headers[.engineVersion].flatMap { EngineVersion($0) } ?? EngineInfo.apiVersion
    }
}

extension HTTPField.Name {
    // These are all valid field names, so the optional is never nil; `.server` would only mislabel a reply.
    static let apiVersion = HTTPField.Name("Api-Version") ?? .server
    static let dockerExperimental = HTTPField.Name("Docker-Experimental") ?? .server
    static let osType = HTTPField.Name("Ostype") ?? .server
    /// Set by `EngineResponder` on the way in; a client's own value is overwritten.
    static let engineVersion = HTTPField.Name("X-Skiff-Engine-Version") ?? .server
}
