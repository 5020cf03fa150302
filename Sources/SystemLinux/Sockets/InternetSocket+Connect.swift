import CLinux
import Glibc

extension InternetSocket {
    /// A TCP connection to `address` and `port` from the network namespace of the calling thread, close-on-exec.
    /// Blocks until it stands or is refused; meant for loopback, where that is at once.
    public static func connect(to address: IPAddress, port: UInt16) throws(LinuxError) -> OwnedFD {
        let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { throw LinuxError("socket", "AF_INET", Errno(errno)) }
        let socket = OwnedFD(raw)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = (address.v4 ?? 0).bigEndian
        let connected = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw LinuxError("connect", "\(address):\(port)", Errno(errno)) }
        return socket
    }

    /// Tells the peer that no more bytes come; receiving goes on. A connection that is gone needs no word.
    public static func finishSending(_ socket: OwnedFD) {
        _ = skiff_shutdown(socket.raw, Int32(SHUT_WR))
    }
}
