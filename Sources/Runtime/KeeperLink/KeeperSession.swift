import CLinux
import Keeper
import SystemLinux

/// The blocking first words on a keeper's socket, before the connection's thread takes over.
struct KeeperSession: Sendable {
    let socket: OwnedFD
    private(set) var keeperPID: Int32 = 0
    private(set) var version: UInt16 = 0
    /// Announcements that came while an answer was awaited.
    private(set) var early: [UnixSocket.Message] = []
    private var lastRequest: UInt64 = 0

    private init(socket: OwnedFD) {
        self.socket = socket
    }

    /// Connects, starting a keeper when none answers, and agrees on the version. Blocks.
    static func establish(_ location: KeeperLocation) throws -> KeeperSession {
        var session = try connect(location) ?? startAndConnect(location)
        try session.greet(location)
        return session
    }

    private static func connect(_ location: KeeperLocation) throws -> KeeperSession? {
        do throws(LinuxError) {
            return KeeperSession(socket: try UnixSocket.connect(location.socketPath, kind: .seqpacket))
        } catch {
            guard error.code == .notFound || error.errno == .connectionRefused else { throw error }
            return nil
        }
    }

    private static func startAndConnect(_ location: KeeperLocation) throws -> KeeperSession {
        let lock = try FileLock(location.lockPath)
        defer { lock.release() }
        if let session = try connect(location) { return session }
        try KeeperStarter.start(location)
        guard let session = try connect(location) else {
            throw KeeperError(.keeperGone, "keeper was started but does not listen on \(location.socketPath)")
        }
        return session
    }

    /// Says hello. A keeper of another version is replaced in place by our own program: the forms of `hello`,
    /// `welcome`, `upgrade` and `failed` never change.
    private mutating func greet(_ location: KeeperLocation) throws {
        try exchangeHello()
        if version == KeeperMessage.version { return }
        let program = try File.open(location.program, .path)
        _ = try ask(.upgrade, descriptors: [program.raw])
        try exchangeHello()
        guard version == KeeperMessage.version else {
            throw KeeperError(
                .versionMismatch,
                "keeper \(keeperPID) speaks version \(version), this program \(KeeperMessage.version); stop the older one"
            )
        }
    }

    private mutating func exchangeHello() throws {
        let answer = try ask(.hello(version: KeeperMessage.version))
        guard case .welcome(let version, let pid, _) = answer else { throw KeeperConnection.unexpected(answer) }
        (self.version, keeperPID) = (version, pid)
    }

    /// Hands over processes; returns the ids of those the keeper took. One that ended meanwhile comes as an exit.
    mutating func adopt(_ held: [KeeperLinkState.Held]) throws -> [String] {
        for process in held {
            let message = KeeperMessage.adopt(record: process.record, roles: process.roles)
            _ = try ask(message, descriptors: process.descriptors.map(\.raw))
        }
        return held.map(\.record.id)
    }

    private mutating func ask(_ message: KeeperMessage, descriptors: [Int32] = []) throws -> KeeperMessage {
        lastRequest += 1
        try UnixSocket.send(message.encoded(request: lastRequest), descriptors: descriptors, on: socket)
        while true {
            guard let datagram = try UnixSocket.receive(on: socket, room: KeeperMessage.sizeLimit) else {
                throw KeeperError(.keeperGone, "keeper closed the connection before it answered")
            }
            let (request, answer) = try KeeperMessage.decode(datagram.bytes)
            guard request == lastRequest else {
                early.append(datagram)
                continue
            }
            if case .failed(let code, let text, let step, let errno) = answer {
                throw KeeperError(wire: code, text, step: step, errno: errno)
            }
            return answer
        }
    }
}
