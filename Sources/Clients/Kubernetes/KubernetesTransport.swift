import Document

/// One request to a Kubernetes API.
public struct KubernetesRequest: Sendable {
    /// The HTTP method, upper case.
    public var method: String
    /// The absolute path, not percent-encoded; no name in it contains a slash.
    public var path: String
    /// Query items in order.
    public var query: [(name: String, value: String)]
    /// The Accept header.
    public var accept: String
    /// Body and its media type.
    public var body: (bytes: [UInt8], mediaType: String)?

    /// Makes a request.
    public init(
        _ method: String, _ path: String, query: [(name: String, value: String)] = [],
        accept: String = "application/json", body: (bytes: [UInt8], mediaType: String)? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.accept = accept
        self.body = body
    }
}

/// A whole reply of a Kubernetes API.
public struct KubernetesReply: Sendable {
    /// The HTTP status.
    public let status: Int
    /// The texts of the reply's Warning headers.
    public let warnings: [String]
    /// The body.
    public let body: [UInt8]

    /// The body as JSON.
    public func json() throws(KubernetesClientError) -> JSONValue {
        do { return try JSONReader.parse(self.body) } catch {
            throw KubernetesClientError(.malformedReply, "the server's reply is not JSON", cause: error)
        }
    }
}

/// Carries requests to one API server. Calls block.
protocol KubernetesTransport: Sendable {
    /// Where it leads, for messages.
    var target: String { get }
    /// Sends a request and reads the whole reply, whatever its status.
    func send(_ request: KubernetesRequest) throws(KubernetesClientError) -> KubernetesReply
    /// Sends a request and hands back the body as it arrives; for a status of 400 or more the body is read whole.
    func open(_ request: KubernetesRequest) throws(KubernetesClientError) -> KubernetesOpened
}

/// An open reply.
enum KubernetesOpened {
    case stream(any KubernetesByteStream)
    case refused(KubernetesReply)
}

/// A reply's body as it arrives. Used by one caller at a time.
protocol KubernetesByteStream {
    /// The next bytes, nil at the end; blocks.
    func next() throws(KubernetesClientError) -> [UInt8]?
    /// Ends the stream; nothing may be read after.
    func close()
}

/// Warning headers, RFC 7234 section 5.5: `299 - "text"`.
enum WarningHeader {
    static func text(_ value: String) -> String {
        guard let open = value.firstIndex(of: "\""), let close = value.lastIndex(of: "\""), open < close else {
            return value
        }
        var text = ""
        var isEscaped = false
        for character in value[value.index(after: open)..<close] {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                text.append(character)
                isEscaped = false
            }
        }
        return text
    }
}
