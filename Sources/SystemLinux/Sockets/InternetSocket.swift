import Glibc

/// IPv4 sockets bound to a port of this machine. The calls do not block.
public enum InternetSocket {
    /// The protocol of a socket.
    public enum Kind: Sendable, Hashable {
        case tcp, udp

        fileprivate var type: Int32 {
            switch self {
            case .tcp: Int32(SOCK_STREAM.rawValue)
            case .udp: Int32(SOCK_DGRAM.rawValue)
            }
        }
    }

    /// A socket bound to `address` and `port` (0 lets the kernel choose), close-on-exec.
    ///
    /// A TCP port whose last connections are still in TIME_WAIT can be bound; one that somebody listens on cannot
    /// (`Errno.addressInUse`). A UDP port is never shared.
    public static func bind(_ kind: Kind, _ address: IPAddress, port: UInt16) throws(LinuxError) -> OwnedFD {
        let raw = socket(AF_INET, kind.type | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { throw LinuxError("socket", "AF_INET", Errno(errno)) }
        let socket = OwnedFD(raw)
        // With a port chosen by the kernel, reuse could choose one that another socket only reserves.
        if kind == .tcp, port != 0 {
            var on: Int32 = 1
            guard setsockopt(raw, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
                throw LinuxError("setsockopt SO_REUSEADDR", "\(address):\(port)", Errno(errno))
            }
        }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = (address.v4 ?? 0).bigEndian
        let bound = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0 else { throw LinuxError("bind", "\(address):\(port)", Errno(errno)) }
        return socket
    }

    /// Begins to listen, so that nobody else can bind the port.
    public static func listen(_ socket: OwnedFD, backlog: Int32 = 128) throws(LinuxError) {
        guard Glibc.listen(socket.raw, backlog) == 0 else {
            throw LinuxError("listen", socket.description, Errno(errno))
        }
    }

    /// The port a socket is bound to.
    public static func port(of socket: OwnedFD) throws(LinuxError) -> UInt16 {
        var name = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let found = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket.raw, $0, &length) }
        }
        guard found == 0 else { throw LinuxError("getsockname", socket.description, Errno(errno)) }
        return UInt16(bigEndian: name.sin_port)
    }
}

extension Errno {
    /// Somebody else has the port.
    public static let addressInUse = Errno(EADDRINUSE)
    /// No interface of this machine has the address.
    public static let addressNotAvailable = Errno(EADDRNOTAVAIL)
}
