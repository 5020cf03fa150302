import Document
import Synchronization

/// A Kubernetes client for the command line: discovery, objects, server-side apply, watches. Calls block; safe to use
/// from several threads.
public final class KubernetesClient: Sendable {
    /// The field manager of everything this client applies.
    public static let fieldManager = "skiff"

    /// Namespace of requests that name none.
    public let namespace: String
    private let transport: any KubernetesTransport
    private let discovered = Mutex<[APIResource]?>(nil)

    private init(transport: any KubernetesTransport, namespace: String) {
        self.transport = transport
        self.namespace = namespace
    }

    /// A client for the cluster of this machine whose API listens on a unix socket; nothing is opened before the first
    /// request.
    public static func local(socketPath: String, namespace: String = "default") -> KubernetesClient {
        KubernetesClient(transport: SocketTransport(path: socketPath), namespace: namespace)
    }

    /// A client for the cluster of a kubeconfig context.
    public static func remote(
        _ access: KubernetesAccess, namespace: String? = nil
    ) throws(KubernetesClientError) -> KubernetesClient {
        KubernetesClient(transport: try RemoteTransport(access), namespace: namespace ?? access.namespace)
    }

    /// Where it leads: `unix:path` or the server's URL.
    public var target: String { self.transport.target }

    // MARK: - Requests

    /// Sends a request; a status of 400 or above is thrown as `.refused` with the server's message.
    public func send(_ request: KubernetesRequest) throws(KubernetesClientError) -> KubernetesReply {
        let reply = try self.transport.send(request)
        guard reply.status < 400 else { throw self.refusal(reply) }
        return reply
    }

    /// Opens a stream of bytes, such as a log; errors as `send`.
    public func stream(_ request: KubernetesRequest) throws(KubernetesClientError) -> KubernetesStream {
        switch try self.transport.open(request) {
        case .refused(let reply): throw self.refusal(reply)
        case .stream(let stream): return KubernetesStream(stream)
        }
    }

    private func refusal(_ reply: KubernetesReply) -> KubernetesClientError {
        let status = (try? reply.json()).flatMap { $0["kind"] == "Status" ? $0 : nil }
        let text = status?["message"]?.stringValue ?? String(decoding: reply.body.prefix(300), as: UTF8.self)
        return KubernetesClientError(
            .refused(reply.status), text.isEmpty ? "the server answered \(reply.status)" : text, status: status)
    }

    // MARK: - Discovery

    private static let discoveryForm =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"

    /// Everything the server serves, core first; read once.
    public func resources() throws(KubernetesClientError) -> [APIResource] {
        if let known = self.discovered.withLock({ $0 }) { return known }
        var resources: [APIResource] = []
        for path in ["/api", "/apis"] {
            let reply = try self.send(KubernetesRequest("GET", path, accept: Self.discoveryForm)).json()
            guard reply["kind"] == "APIGroupDiscoveryList" else {
                throw KubernetesClientError(
                    .malformedReply, "\(self.target) has no aggregated discovery; it must be Kubernetes 1.27 or later")
            }
            resources += APIResource.list(discovery: reply)
        }
        self.discovered.withLock { $0 = resources }
        return resources
    }

    /// The resource a person means: plural, singular, short name or kind, with or without group.
    public func resource(named word: String) throws(KubernetesClientError) -> APIResource {
        if let found = try self.resources().first(where: { $0.answers(to: word) }) { return found }
        throw KubernetesClientError(
            .unknownResource, "the server doesn't have a resource type \"\(word)\"; see \"skiff api-resources\"")
    }

    /// The resources a person means: one, or all of a category such as `all`.
    public func resources(named word: String) throws(KubernetesClientError) -> [APIResource] {
        let members = try self.resources().filter { $0.categories.contains(word) && $0.verbs.contains("list") }
        return members.isEmpty ? [try self.resource(named: word)] : members
    }

    /// The resource whose objects have this apiVersion and kind.
    public func resource(apiVersion: String, kind: String) throws(KubernetesClientError) -> APIResource {
        if let found = try self.resources().first(where: { $0.apiVersion == apiVersion && $0.kind == kind }) {
            return found
        }
        throw KubernetesClientError(
            .unknownResource,
            "no matches for kind \"\(kind)\" in version \"\(apiVersion)\"; see \"skiff api-resources\"")
    }
}

/// A reply's body as it arrives. Used by one caller at a time; ends when it is closed or released.
public final class KubernetesStream {
    private let stream: any KubernetesByteStream
    private var buffer: [UInt8] = []

    init(_ stream: any KubernetesByteStream) {
        self.stream = stream
    }

    deinit { self.stream.close() }

    /// The next bytes; nil at the end. Blocks.
    public func next() throws(KubernetesClientError) -> [UInt8]? {
        try self.stream.next()
    }

    /// The next line as JSON, such as a watch event; nil at the end. Blocks.
    public func nextJSON() throws(KubernetesClientError) -> JSONValue? {
        while true {
            if let end = self.buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(self.buffer[..<end])
                self.buffer.removeSubrange(...end)
                guard !line.isEmpty else { continue }
                do { return try JSONReader.parse(line) } catch {
                    throw KubernetesClientError(.malformedReply, "the server sent a broken event", cause: error)
                }
            }
            guard let bytes = try self.stream.next() else { return nil }
            self.buffer += bytes
        }
    }
}
