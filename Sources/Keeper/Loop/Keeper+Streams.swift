import SystemLinux

extension Keeper {
    /// Begins to relay a new process's pipes.
    func connect(_ child: Child, _ streams: StreamSetup) throws(LinuxError) {
        if let input = streams.input { try connectInput(child, input) }
        if let output = streams.output { try connectOutput(child, output, .output) }
        if let errors = streams.errors { try connectOutput(child, errors, .errors) }
    }

    /// Begins to relay a process's terminal.
    func connectTerminal(_ child: Child, _ master: OwnedFD) throws(LinuxError) {
        child.terminal = master
        // Reading and writing are waited for separately: two descriptors, one terminal.
        try connectInput(child, try master.duplicate())
        try connectOutput(child, try master.duplicate(), .output)
    }

    private func connectInput(_ child: Child, _ sink: OwnedFD) throws(LinuxError) {
        let input = try InputRelay(sink: sink, loop: loop)
        input.onWanted = { [unowned child] wanted in
            for client in child.clients { client.setInputWanted(wanted) }
        }
        input.onClose = { [unowned self, unowned child] in
            for client in child.clients { client.closeInput() }
            if !child.record.hasTerminal, child.record.state != .exited {
                announce(.inputClosed(id: child.record.id))
            }
        }
        child.input = input
    }

    private func connectOutput(_ child: Child, _ source: OwnedFD, _ stream: LogStream) throws(LinuxError) {
        let relay = try OutputRelay(
            source: source, stream: stream, loop: loop,
            deliver: { [unowned child] bytes, stream in child.deliver(bytes, stream) },
            onEnd: { [unowned child] relay in child.log?.finish(relay.stream) }
        )
        child.outputs.append(relay)
    }

    /// Joins a client to a process's streams.
    func attach(
        _ id: String, input: Bool, output: Bool, lossless: Bool
    ) throws(KeeperError) -> (roles: [DescriptorRole], descriptors: [OwnedFD]) {
        let child = try child(id)
        guard child.record.state != .exited else { throw KeeperError(.notRunning, "process \(id) has ended") }
        guard child.terminal != nil || !child.outputs.isEmpty else {
            throw KeeperError(.unsupported, "streams of process \(id) are not relayed")
        }
        let client = AttachedClient(isLossless: lossless, loop: loop)
        do {
            let ends = try openEnds(client, child, input: input, output: output)
            client.onEnd = { [unowned self, unowned child] client, dropped in
                child.clients.removeAll { $0 === client }
                child.updatePause()
                if dropped { announce(.attachDropped(id: id)) }
            }
            client.onRoom = { [unowned child] in child.updatePause() }
            child.clients.append(client)
            return (ends.map(\.0), ends.map(\.1))
        } catch {
            client.end(dropped: false)
            throw KeeperError(error)
        }
    }

    private func openEnds(
        _ client: AttachedClient, _ child: Child, input: Bool, output: Bool
    ) throws(LinuxError) -> [(DescriptorRole, OwnedFD)] {
        var ends: [(DescriptorRole, OwnedFD)] = []
        if input, let relay = child.input, relay.isOpen {
            let end = try client.addInput { [unowned child, unowned client] in
                if !relay.take(from: client) {
                    client.closeInput()
                    if child.record.closesInputOnce, !child.record.hasTerminal { relay.finish() }
                }
            }
            ends.append((.input, end))
        }
        if output {
            ends.append((.output, try client.addOutlet(.output)))
            if !child.record.hasTerminal { ends.append((.errors, try client.addOutlet(.errors))) }
        }
        return ends
    }

    /// Reads what an ended process left, and closes everything of it; clients get to read their rest.
    func closeStreams(of child: Child) {
        for output in child.outputs {
            output.drain()
            child.log?.finish(output.stream)
        }
        child.input?.onClose = nil
        child.input?.close()
        let clients = child.clients
        child.clients = []
        for client in clients {
            lingering.append(client)
            client.onRoom = nil
            client.onEnd = { [unowned self] client, _ in lingering.removeAll { $0 === client } }
            client.finish()
        }
        child.terminal?.close()
        child.terminal = nil
        child.outputs = []
        child.input = nil
        child.record.droppedLogBytes = child.log?.droppedBytes ?? 0
        child.log = nil
    }
}
