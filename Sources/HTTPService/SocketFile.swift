import NIOCore
import SystemLinux

/// The file of a unix socket. It is bound under a hidden name, given mode 0600 and then renamed, so it never exists
/// under its real name with a wider mode and never without a listener behind it.
enum SocketFile {
    static func hiddenPath(of path: String) -> String { "\(path).binding" }

    /// Puts the bound socket in its place; returns the listener's real address.
    static func reveal(_ listener: HTTPListener, _ channel: any Channel) throws(LinuxError) -> BoundAddress {
        switch listener.address {
        case .tcp(let host, let port):
            let address = channel.localAddress
            return .tcp(host: address?.ipAddress ?? host, port: address?.port ?? port)
        case .unix(let path):
            let hidden = self.hiddenPath(of: path)
            try File.setMode(hidden, 0o600)
            try File.rename(hidden, to: path)
            return .unix(path: path)
        }
    }

    /// Removes the socket's file, so clients see at once that nobody listens.
    static func remove(_ listener: HTTPListener) throws(LinuxError) {
        guard case .unix(let path) = listener.address else { return }
        try File.remove(path, ifExists: true)
    }
}
