import Hummingbird
import Logging
import NIOCore

/// Who is on the other end of the socket, as the kernel says.
public enum HTTPPeer: Sendable, Hashable {
    /// A process of this machine on a unix socket (SO_PEERCRED at connect time).
    case unix(uid: UInt32, gid: UInt32, pid: Int32)
    /// A network peer; the text is `address:port`.
    case network(String)

    /// User id of a unix socket's peer, nil for network peers.
    public var uid: UInt32? {
        guard case .unix(let uid, _, _) = self else { return nil }
        return uid
    }
}

/// Who a verified client certificate says the client is: RFC 5280 subject common name and organisations.
public struct ClientIdentity: Sendable, Hashable {
    /// Subject common name: the user.
    public let commonName: String
    /// Subject organisations: the groups.
    public let organizations: [String]

    /// Creates an identity.
    public init(commonName: String, organizations: [String]) {
        self.commonName = commonName
        self.organizations = organizations
    }
}

/// What the server knows when it makes a request's context.
public struct ServiceContextSource: RequestContextSource {
    /// Logger of the request; carries its id.
    public let logger: Logger
    /// The socket's other end.
    public let peer: HTTPPeer
    /// Identity of the client certificate; nil without TLS or without a certificate.
    public let clientIdentity: ClientIdentity?
    /// Id of the request, unique within the process.
    public let requestID: String

    /// Creates a source; tests use it to call responders without a socket.
    public init(
        logger: Logger, peer: HTTPPeer, clientIdentity: ClientIdentity? = nil, requestID: String = "test"
    ) {
        var logger = logger
        // Hummingbird's RequestContext.id reads this key.
        logger[metadataKey: "hb.request.id"] = .string(requestID)
        self.logger = logger
        self.peer = peer
        self.clientIdentity = clientIdentity
        self.requestID = requestID
    }
}

/// The request context of every face: Hummingbird's own values, and who is asking.
public struct ServiceContext: RequestContext {
    /// Made from what the server knows.
    public typealias Source = ServiceContextSource
    /// Hummingbird's values.
    public var coreContext: CoreRequestContextStorage
    /// The socket's other end.
    public let peer: HTTPPeer
    /// Identity of the client certificate, verified by the listener's authority.
    public let clientIdentity: ClientIdentity?
    /// Id of the request, unique within the process; the `Cause.request` of what follows.
    public let requestID: String

    /// Creates the context of one request.
    public init(source: ServiceContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.peer = source.peer
        self.clientIdentity = source.clientIdentity
        self.requestID = source.requestID
    }
}
