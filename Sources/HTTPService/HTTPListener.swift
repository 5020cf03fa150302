/// Where a server listens.
public struct HTTPListener: Sendable {
    enum Address: Sendable, Hashable {
        case unix(path: String)
        case tcp(host: String, port: Int)
    }

    let address: Address
    let tls: HTTPTLSOptions?

    /// A unix socket with mode 0600. An old socket file at the path is replaced; its folder must exist.
    public static func unix(path: String) -> HTTPListener {
        HTTPListener(address: .unix(path: path), tls: nil)
    }

    /// Plain TCP; port 0 takes a free one. For loopback services only: no secret may travel on it.
    public static func tcp(host: String, port: Int) -> HTTPListener {
        HTTPListener(address: .tcp(host: host, port: port), tls: nil)
    }

    /// TLS on TCP (1.2 and later, ALPN http/1.1); port 0 takes a free one.
    public static func tls(host: String, port: Int, options: HTTPTLSOptions) -> HTTPListener {
        HTTPListener(address: .tcp(host: host, port: port), tls: options)
    }
}

/// Certificates of a TLS listener.
public struct HTTPTLSOptions: Sendable {
    /// PEM of the server's certificate, then its issuers.
    public var certificateChainPEM: [UInt8]
    /// PEM of the server's private key.
    public var privateKeyPEM: [UInt8]
    /// PEM of the authorities that vouch for client certificates; nil asks for none. A client without a certificate is
    /// let in without identity; one with a certificate of another authority is refused in the handshake.
    public var clientAuthoritiesPEM: [UInt8]?
    /// Reads the subject of a verified client certificate (DER); pure, called once per connection on an event loop.
    public var identify: @Sendable ([UInt8]) -> ClientIdentity?

    /// Creates options.
    public init(
        certificateChainPEM: [UInt8],
        privateKeyPEM: [UInt8],
        clientAuthoritiesPEM: [UInt8]? = nil,
        identify: @escaping @Sendable ([UInt8]) -> ClientIdentity? = { _ in nil }
    ) {
        self.certificateChainPEM = certificateChainPEM
        self.privateKeyPEM = privateKeyPEM
        self.clientAuthoritiesPEM = clientAuthoritiesPEM
        self.identify = identify
    }
}

/// The address a started server really has.
public enum BoundAddress: Sendable, Hashable, CustomStringConvertible {
    /// Path of the unix socket.
    case unix(path: String)
    /// Numeric address and port.
    case tcp(host: String, port: Int)

    /// The port, nil for unix sockets.
    public var port: Int? {
        guard case .tcp(_, let port) = self else { return nil }
        return port
    }

    /// `unix:path` or `host:port`.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
