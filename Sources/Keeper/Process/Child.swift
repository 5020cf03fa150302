import SystemLinux

/// One process of the keeper with its streams.
final class Child {
    /// A launch that has not reached execve.
    struct Launch {
        let channel: OwnedFD
        var token: EventLoop.Token?
        /// Who waits for the answer, and the number of the request.
        var client: ClientConnection?
        var request: UInt64
        var isExecuting = false
        var failure: KeeperError?
        var hasExecuted = false
    }

    var record: ChildRecord
    let pidfd: OwnedFD
    /// Whether this keeper started it: then its status comes by wait(2), otherwise from its pidfd.
    let isOwn: Bool
    var pidfdToken: EventLoop.Token?
    var launch: Launch?
    var input: InputRelay?
    var outputs: [OutputRelay] = []
    var terminal: OwnedFD?
    var log: ContainerLog?
    var clients: [AttachedClient] = []
    /// Out-of-memory kills of its control group before it began.
    var outOfMemoryBase: UInt64 = 0
    /// How often the status of an adopted process was asked for in vain.
    var reapAttempts = 0
    /// Its end, once known.
    var exit: ExitRecord?

    init(record: ChildRecord, pidfd: OwnedFD, isOwn: Bool) {
        self.record = record
        self.pidfd = pidfd
        self.isOwn = isOwn
    }

    /// What the daemon holds for the case that the keeper dies.
    var handedOver: (roles: [DescriptorRole], descriptors: [OwnedFD]) {
        if record.state == .exited { return ([], []) }
        var pairs: [(DescriptorRole, OwnedFD)] = [(.pidfd, pidfd)]
        if let terminal {
            pairs.append((.terminal, terminal))
        } else {
            if let input, input.isOpen { pairs.append((.input, input.sink)) }
            for output in outputs where output.source.isOpen {
                pairs.append((output.stream == .output ? .output : .errors, output.source))
            }
        }
        return (pairs.map(\.0), pairs.map(\.1))
    }

    /// The record as of now.
    var currentRecord: ChildRecord {
        var current = record
        current.inputOpen = input?.isOpen ?? false
        current.droppedLogBytes = log?.droppedBytes ?? 0
        return current
    }

    /// Passes on what a stream gave: to the log first, which is never held up by a client.
    func deliver(_ bytes: ArraySlice<UInt8>, _ stream: LogStream) {
        log?.append(bytes, from: stream)
        for client in clients { client.send(bytes, record.hasTerminal ? .output : stream) }
        updatePause()
    }

    /// Reads from the process only while no lossless client is behind.
    func updatePause() {
        let blocked = clients.contains { $0.isBlocking }
        for output in outputs { output.setPaused(blocked) }
    }
}
