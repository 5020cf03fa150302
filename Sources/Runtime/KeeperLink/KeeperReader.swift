import CLinux
import Keeper
import Logging
import Synchronization
import SystemLinux

/// The loop of the connection's thread: receive, and replace the keeper when it dies.
enum KeeperReader {
    private static let retryMilliseconds: Int32 = 200

    static func run(socket: OwnedFD, _ connection: () -> KeeperConnection?) {
        var socket = socket
        while true {
            readUntilClosed(socket, connection)
            guard let link = connection(), !link.state.withLock({ $0.closing }) else {
                connection()?.abandonRequests()
                return
            }
            link.abandonRequests()
            guard let next = replaceKeeper(of: link) else { return }
            socket = next
        }
    }

    private static func readUntilClosed(_ socket: OwnedFD, _ connection: () -> KeeperConnection?) {
        while true {
            do {
                // Room for one datagram: the keeper never sends more.
                guard let datagram = try UnixSocket.receive(on: socket, room: KeeperMessage.sizeLimit) else { return }
                guard let link = connection() else { return }
                link.receive(datagram)
            } catch {
                connection()?.logger.error("keeper connection failed", metadata: ["error": "\(error)"])
                return
            }
        }
    }

    /// Starts another keeper and hands it what is held, however long that takes; nil once the connection closes.
    private static func replaceKeeper(of link: KeeperConnection) -> OwnedFD? {
        link.logger.warning("keeper died, starting another one")
        while !link.state.withLock({ $0.closing }) {
            do {
                var session = try KeeperSession.establish(link.location)
                let held = link.state.withLock { Array($0.held.values) }
                let adopted = try session.adopt(held)
                link.state.withLock { state in
                    state.socket = session.socket
                    state.keeperPID = session.keeperPID
                    state.version = session.version
                }
                link.announce(.keeperReplaced(adopted: adopted))
                for message in session.early { link.receive(message) }
                return session.socket
            } catch {
                link.logger.error("keeper cannot be replaced, trying again", metadata: ["error": "\(error)"])
                _ = skiff_poll_one(-1, 0, retryMilliseconds)
            }
        }
        return nil
    }
}
