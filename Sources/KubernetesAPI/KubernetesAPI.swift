import Cluster
import Effects
import HTTPService
import Hummingbird
import HummingbirdCore
import Identity
import Logging
import NIOCore

/// The Kubernetes API: decodes requests, asks the object store, encodes answers. Holds no state of its own.
///
/// Serve it with `HTTPServer` on TLS, and on a root-only unix socket, whose peer with uid 0 is `system:masters`.
/// Every failure is answered with a Kubernetes `Status`. Source: Kubernetes API conventions; resource paths of v1.33.
public struct KubernetesAPI: HTTPResponder {
    /// Requests are of the house's context.
    public typealias Context = ServiceContext

    /// What the API needs.
    public struct Dependencies: Sendable {
        /// The objects.
        public var store: ClusterStore
        /// Logs, exec, attach and port-forward of this machine's pods.
        public var streams: any PodStreams
        /// Verifies and signs service account tokens.
        public var tokens: TokenSigner
        /// Answers `/readyz`: names of the parts that are not ready yet; empty when all are.
        public var unready: @Sendable () -> [String]
        /// Time.
        public var effects: Effects
        /// For failures that are ours.
        public var logger: Logger

        /// Bundles them.
        public init(
            store: ClusterStore, streams: any PodStreams, tokens: TokenSigner, effects: Effects, logger: Logger,
            unready: @escaping @Sendable () -> [String] = { [] }
        ) {
            self.store = store
            self.streams = streams
            self.tokens = tokens
            self.effects = effects
            self.logger = logger
            self.unready = unready
        }
    }

    let dependencies: Dependencies
    let documents: APIDocuments

    /// Makes the API; nothing is opened.
    public init(_ dependencies: Dependencies) {
        self.dependencies = dependencies
        self.documents = APIDocuments(schema: dependencies.store.schema)
    }

    /// Answers one request; never throws.
    public func respond(to request: Request, context: ServiceContext) async -> Response {
        do {
            let answer = try await self.answer(request, context)
            return answer
        } catch {
            let failure = APIFailure(error)
            if failure.isOurs {
                self.dependencies.logger.error(
                    "request failed",
                    metadata: [
                        "path": "\(request.rawPath)", "request": "\(context.requestID)", "error": "\(error)",
                    ])
            }
            return failure.response
        }
    }

    private func answer(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let target = try RequestTarget(request, schema: self.dependencies.store.schema)
        let caller = try Authenticator(self.dependencies).caller(request, context)
        try Authorizer.check(caller, target)
        let call = APICall(request: request, target: target, caller: caller, requestID: context.requestID)
        switch target.kind {
        case .path(let path):
            return try await self.answerPath(path, call)
        case .review(let review):
            return try await self.answerReview(review, call)
        case .resource(let resource):
            return try await self.answerResource(resource, call)
        }
    }

    private func answerResource(_ resource: ResourceTarget, _ call: APICall) async throws -> Response {
        if let subresource = resource.subresource {
            return try await SubresourceRoutes(self.dependencies).answer(resource, subresource, call)
        }
        switch resource.verb {
        case .get, .list, .watch:
            return try await ReadRoutes(self.dependencies).answer(resource, call)
        case .create, .update, .patch, .delete, .deleteCollection:
            return try await WriteRoutes(self.dependencies).answer(resource, call)
        }
    }
}

/// One request on its way through the routes.
struct APICall: Sendable {
    let request: Request
    let target: RequestTarget
    let caller: Caller
    let requestID: String

    /// Bytes of a request body at most, as in Kubernetes.
    static let bodyLimit = 3 * 1024 * 1024

    /// The query.
    var query: QueryItems { self.target.query }

    /// Reads the whole body.
    func body() async throws -> [UInt8] {
        do {
            let buffer = try await self.request.body.collect(upTo: Self.bodyLimit)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw ClusterError.tooLarge(limitBytes: Self.bodyLimit)
        }
    }

    /// The body's media type in lower case without parameters; empty when none is named.
    var mediaType: String {
        let field = self.request.headers[.contentType] ?? ""
        let type = field.split(separator: ";", maxSplits: 1).first ?? ""
        return type.trimmingBlanks.lowercased()
    }

    /// A query value that is a number.
    func number(_ name: String) throws(ClusterError) -> Int64? {
        guard let text = self.query[name], !text.isEmpty else { return nil }
        guard let number = Int64(text) else {
            throw .badRequest("query parameter \(name) must be a number, found \"\(text)\"")
        }
        return number
    }

    /// A query value that is a truth; absent is false.
    func flag(_ name: String) throws(ClusterError) -> Bool {
        switch self.query[name]?.lowercased() {
        case nil, "false", "0", "f": return false
        case "", "true", "1", "t": return true
        case let text?: throw .badRequest("query parameter \(name) must be true or false, found \"\(text)\"")
        }
    }
}

extension StringProtocol {
    /// Without blanks and tabs at either end.
    var trimmingBlanks: Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let tail = Substring(self).drop(while: isBlank)
        guard let end = tail.lastIndex(where: { !isBlank($0) }) else { return "" }
        return tail[...end]
    }
}
