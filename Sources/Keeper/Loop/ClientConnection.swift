import SystemLinux

/// One daemon (or other root program) on the keeper's socket. Sending never blocks: what does not fit waits in a bounded
/// queue, and a client that lets it overflow is disconnected; it lists everything again when it comes back.
final class ClientConnection {
    /// Messages that may wait for a slow client.
    static let queueLimit = 1024

    let socket: OwnedFD
    let number: Int
    /// Whether it said hello: only then announcements are sent.
    var isGreeted = false
    private var queue: [(bytes: [UInt8], descriptors: [OwnedFD])] = []
    private let wantsWriting: (Bool) -> Void
    private(set) var isBroken = false

    init(socket: OwnedFD, number: Int, wantsWriting: @escaping (Bool) -> Void) {
        self.socket = socket
        self.number = number
        self.wantsWriting = wantsWriting
    }

    func send(_ message: KeeperMessage, request: UInt64 = 0, descriptors: [OwnedFD] = []) {
        if isBroken { return }
        let bytes = message.encoded(request: request)
        if queue.isEmpty, transmit(bytes, descriptors) { return }
        guard !isBroken, queue.count < Self.queueLimit else {
            isBroken = true
            return
        }
        // The originals may be closed before the client reads: keep duplicates.
        queue.append((bytes, descriptors.compactMap { try? $0.duplicate() }))
        wantsWriting(true)
    }

    /// Sends what waits, once the socket has room again.
    func flush() {
        var sent = 0
        while sent < queue.count, transmit(queue[sent].bytes, queue[sent].descriptors) { sent += 1 }
        queue.removeFirst(sent)
        if queue.isEmpty { wantsWriting(false) }
    }

    private func transmit(_ bytes: [UInt8], _ descriptors: [OwnedFD]) -> Bool {
        switch UnixSocket.trySend(bytes, descriptors: descriptors.map(\.raw), on: socket, wait: false) {
        case .success: return true
        case .failure(.wouldBlock): return false
        case .failure:
            isBroken = true
            return false
        }
    }
}
