import CLinux
import Glibc
import SystemLinux

/// The keeper: parent of every container, one thread, one loop.
final class Keeper {
    /// Processes it looks after at most; each costs up to five descriptors.
    static let childLimit = 16_384
    /// Clients at the same time.
    static let connectionLimit = 16

    let configuration: KeeperConfiguration
    let loop: EventLoop
    let listener: OwnedFD
    let lock: PidFile
    let exits: ExitStore
    let startedAt: Int64
    /// The keeper's own namespaces, to come back to after starting a process in others.
    let ownNamespaces: [UInt64: OwnedFD]
    var children: [String: Child] = [:]
    var childrenByPID: [Int32: Child] = [:]
    var connections: [Int: ClientConnection] = [:]
    /// Clients of ended processes that still have output to read.
    var lingering: [AttachedClient] = []
    private var connectionTokens: [Int: EventLoop.Token] = [:]
    private var lastConnection = 0
    private let signals: OwnedFD
    var isStopping = false

    init(configuration: KeeperConfiguration, listener: OwnedFD, lock: PidFile, startedAt: Int64) throws(LinuxError) {
        self.configuration = configuration
        self.listener = listener
        self.lock = lock
        self.startedAt = startedAt
        exits = ExitStore(directory: configuration.exitsDirectory)
        loop = try EventLoop()
        _ = skiff_ignore_signal(SIGPIPE)
        var set = sigset_t()
        sigemptyset(&set)
        // The keeper must outlive a terminal's hang-up and a careless kill; `stop` ends it.
        for number in [SIGCHLD, SIGHUP, SIGINT, SIGTERM] { sigaddset(&set, number) }
        signals = OwnedFD(try outcome(skiff_signalfd(-1, &set)).orThrow("signalfd"))
        var namespaces: [UInt64: OwnedFD] = [:]
        for kind in [Namespaces.Kind.network, .uts, .ipc, .pid, .cgroup] {
            namespaces[kind.flag] = try File.open("/proc/self/ns/\(kind.procName)")
        }
        ownNamespaces = namespaces
        _ = try loop.add(signals, .read) { [unowned self] _ in readSignals() }
        _ = try loop.add(listener, .read) { [unowned self] _ in acceptClients() }
    }

    /// Serves until it is told to stop.
    func run() throws(LinuxError) {
        while !isStopping {
            let watched = children.values.contains { $0.clients.contains { $0.isBlocking } } || !lingering.isEmpty
            try loop.turn(timeoutMilliseconds: watched ? 1000 : -1)
            if watched { dropStalledClients() }
            dropBrokenConnections()
        }
    }

    private func readSignals() {
        while true {
            let number = skiff_signalfd_next(signals.raw)
            if number <= 0 { break }
        }
        // One report may stand for many ends: ask for all.
        reapChildren()
    }

    // MARK: - Clients

    private func acceptClients() {
        while let socket = try? UnixSocket.accept(listener, nonBlocking: true) {
            guard connections.count < Self.connectionLimit,
                let peer = try? UnixSocket.peer(of: socket), peer.userID == 0 || peer.userID == geteuid()
            else { continue }
            try? add(socket)
        }
    }

    /// Serves a connection, new or kept over an upgrade.
    func add(_ socket: OwnedFD, greeted: Bool = false) throws(LinuxError) {
        lastConnection += 1
        let number = lastConnection
        let connection = ClientConnection(socket: socket, number: number) { [unowned self] wanted in
            guard let token = connectionTokens[number] else { return }
            loop.change(token, wanted ? [.read, .write] : .read)
        }
        connection.isGreeted = greeted
        connectionTokens[number] = try loop.add(socket, .read) { [unowned self] ready in
            serve(connection, ready)
        }
        connections[number] = connection
    }

    private func serve(_ connection: ClientConnection, _ ready: EventLoop.Readiness) {
        if ready.contains(.write) { connection.flush() }
        guard ready.contains(.read) || ready.contains(.hungUp) || ready.contains(.failed) else { return }
        do {
            let datagram = try UnixSocket.receive(on: connection.socket, room: KeeperMessage.sizeLimit, wait: false)
            guard let datagram else { return disconnect(connection) }
            handle(datagram, from: connection)
        } catch  where error.errno == .wouldBlock {
            return
        } catch {
            KeeperJournal.note("connection \(connection.number) failed: \(error)")
            disconnect(connection)
        }
    }

    func disconnect(_ connection: ClientConnection) {
        guard connections.removeValue(forKey: connection.number) != nil else { return }
        connectionTokens.removeValue(forKey: connection.number).map { loop.remove($0) }
        connection.socket.close()
        for child in children.values where child.launch?.client === connection { child.launch?.client = nil }
    }

    private func dropBrokenConnections() {
        for connection in connections.values where connection.isBroken { disconnect(connection) }
    }

    func announce(_ message: KeeperMessage) {
        for connection in connections.values where connection.isGreeted { connection.send(message) }
    }

    private func dropStalledClients() {
        let now = WallClock.monotonicNanoseconds
        for child in children.values {
            for client in child.clients where client.isStalled(at: now) { client.end(dropped: true) }
        }
        for client in lingering where client.isStalled(at: now) { client.end(dropped: true) }
    }
}

/// How a keeper was started.
struct KeeperConfiguration: Sendable, Hashable {
    var runDirectory: String
    var exitsDirectory: String
    var cluster: String
    var cgroupDirectories: [String] = []

    /// An empty directory over which containers mount their roots, each in its own mount namespace.
    var stagingDirectory: String { "\(runDirectory)/root" }
    var socketPath: String { "\(runDirectory)/keeper.sock" }
    var pidPath: String { "\(runDirectory)/keeper.pid" }
}
