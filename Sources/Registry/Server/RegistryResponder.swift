import Document
import Effects
import EventBus
import HTTPService
import HTTPTypes
import Hummingbird
import Images
import Logging
import NIOCore
import OCI
import SystemLinux

/// The registry server: OCI distribution 1.1 over the image store (distribution-spec). Give it to an `HTTPServer`.
///
/// Pushed images can be run at once and built ones pulled at once: there is one store. A repository `app` of the wire
/// is `docker.io/library/app` of the store; `quay.io/org/app` is itself.
public struct RegistryResponder: HTTPResponder {
    /// The platform's context.
    public typealias Context = ServiceContext

    /// What an operator may choose.
    public struct Options: Sendable {
        /// The user that started the cluster; besides root the only one who may write.
        public var ownerID: UInt32
        /// Lets everyone write who can reach the socket.
        public var allowsAnyWriter: Bool

        /// Makes options.
        public init(ownerID: UInt32, allowsAnyWriter: Bool = false) {
            self.ownerID = ownerID
            self.allowsAnyWriter = allowsAnyWriter
        }
    }

    let store: ImageStore
    let uploads: UploadSessions
    let gate: WriteGate
    let logger: Logger

    /// Serves a store.
    public init(store: ImageStore, options: Options, effects: Effects, logger: Logger) {
        self.store = store
        self.logger = logger
        uploads = UploadSessions(effects: effects)
        gate = WriteGate(
            ownerID: options.ownerID, isOpen: options.allowsAnyWriter,
            userOfPeer: { peer in try PeerSocket.userID(of: peer) }
        )
    }

    /// Answers one request; errors become the specification's error documents.
    public func respond(to request: Request, context: ServiceContext) async throws -> Response {
        do {
            guard let segments = request.pathSegments, let route = try RegistryRoute(segments: segments) else {
                throw RegistryError(.unsupported, status: 404, "no such path in a registry")
            }
            if request.method != .get, request.method != .head {
                try await gate.check(peer: context.peer, host: request.head.authority)
            }
            return try await answer(route, request, context)
        } catch let error as RegistryError {
            return Self.response(for: error)
        } catch let error as ImageError {
            return Self.response(for: RegistryErrorMapping.error(for: error, logger: context.logger))
        } catch let error as CancellationError {
            throw error
        } catch {
            context.logger.error("registry request failed", metadata: ["error": "\(error)"])
            return Self.response(for: RegistryError(.unknown, status: 500, "internal error; see the daemon's log"))
        }
    }

    private func answer(
        _ route: RegistryRoute, _ request: Request, _ context: ServiceContext
    ) async throws -> Response {
        switch (route, request.method) {
        case (.base, .get), (.base, .head): Self.json("{}")
        case (.catalog, .get): try await catalog(request)
        case (.tags(let repository), .get): try await tags(repository, request)
        case (.referrers(let repository, let digest), .get): try await referrers(repository, digest, request)
        case (.blob(_, let digest), .get), (.blob(_, let digest), .head): try await getBlob(digest, request)
        case (.blob(_, let digest), .delete): try await deleteBlob(digest)
        case (.startUpload(let repository), .post): try await startUpload(repository, request)
        case (.upload(let repository, let id), .get): try await uploadStatus(repository, id)
        case (.upload(let repository, let id), .patch): try await appendChunk(repository, id, request)
        case (.upload(let repository, let id), .put): try await finishUpload(repository, id, request)
        case (.upload(let repository, let id), .delete): try await cancelUpload(repository, id)
        case (.manifest(let repository, let name), .get), (.manifest(let repository, let name), .head):
            try await getManifest(repository, name)
        case (.manifest(let repository, let name), .put):
            try await putManifest(repository, name, request, cause: .request(context.requestID))
        case (.manifest(let repository, let name), .delete):
            try await deleteManifest(repository, name, cause: .request(context.requestID))
        default:
            throw RegistryError(.unsupported, status: 405, "\(request.method) is not supported here")
        }
    }

    static func response(for error: RegistryError) -> Response {
        let document: JSONValue = [
            "errors": [["code": .string(error.code.description), "message": .string(error.message), "detail": [:]]]
        ]
        var response = json(JSONWriter.string(document), status: HTTPResponse.Status(code: error.status))
        for (name, value) in error.headers { response.headers.set(name, value) }
        return response
    }

    static func json(
        _ text: String, status: HTTPResponse.Status = .ok, mediaType: String = "application/json"
    ) -> Response {
        Response(
            status: status, headers: headers([("Content-Type", mediaType)]),
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// Header fields with the mark that docker looks for.
    static func headers(_ fields: [(String, String)]) -> HTTPFields {
        var headers: HTTPFields = [:]
        headers.set("Docker-Distribution-Api-Version", "registry/2.0")
        for (name, value) in fields { headers.set(name, value) }
        return headers
    }
}

extension HTTPFields {
    /// Sets a field by a name that is not one of HTTPTypes' constants; a name that is none is left out.
    mutating func set(_ name: String, _ value: String) {
        if let name = HTTPField.Name(name) { self[name] = value }
    }

    /// The value of a field by name.
    func value(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { self[$0] }
    }
}
