import Glibc
import NIOCore

/// The file of a unix socket. It is bound under a hidden name, given mode 0600 and then renamed, so it never exists
/// under its real name with a wider mode and never without a listener behind it.
enum SocketFile {
    static func hiddenPath(of path: String) -> String { "\(path).binding" }

    /// Puts the bound socket in its place; returns the listener's real address, nil when that fails.
    static func reveal(_ listener: HTTPListener, _ channel: any Channel) -> BoundAddress? {
        switch listener.address {
        case .tcp(let host, let port):
            let address = channel.localAddress
            return .tcp(host: address?.ipAddress ?? host, port: address?.port ?? port)
        case .unix(let path):
            let hidden = self.hiddenPath(of: path)
            guard chmod(hidden, 0o600) == 0, rename(hidden, path) == 0 else { return nil }
            return .unix(path: path)
        }
    }

    /// Removes the socket's file, so clients see at once that nobody listens.
    static func remove(_ listener: HTTPListener) {
        guard case .unix(let path) = listener.address else { return }
        unlink(path)
    }
}
