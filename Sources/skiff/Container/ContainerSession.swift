import Clients
import Document
import SystemLinux

/// How a command line is attached to a process.
struct SessionOptions {
    /// Whether standard input goes to the process.
    var readsInput: Bool
    /// Whether the process has a terminal.
    var isTerminal: Bool
    /// Whether signals are passed on.
    var passesSignals: Bool
    /// Keys that detach; nil is ctrl-p ctrl-q.
    var detachKeys: String?
}

/// A command line attached to a process: carries input, output, signals and the terminal's size in one loop on one
/// thread.
final class ContainerSession {
    private let client: DaemonClient
    private let stream: DaemonHijack
    private let options: SessionOptions
    /// Where resizes go: `/containers/ID` or `/exec/ID`.
    private let resizePath: String
    /// Where signals go; nil for an exec.
    private let killPath: String?
    private let signals: SignalDescriptor?
    private var demultiplexer = StreamDemultiplexer()
    private var inputIsOpen: Bool

    /// Attaches to a container; started afterwards, it loses no byte.
    init(client: DaemonClient, containerID: String, options: SessionOptions, logs: Bool = false) throws {
        self.client = client
        self.options = options
        resizePath = "/containers/\(containerID)/resize"
        killPath = "/containers/\(containerID)/kill"
        signals = try Self.blockSignals(options)
        inputIsOpen = options.readsInput
        var query = [(name: "stream", value: "1"), (name: "stdout", value: "1"), (name: "stderr", value: "1")]
        if options.readsInput { query.append(("stdin", "1")) }
        if logs { query.append(("logs", "1")) }
        if let keys = options.detachKeys { query.append(("detachKeys", keys)) }
        stream = try client.hijack(DaemonRequest("POST", "/containers/\(containerID)/attach", query: query))
    }

    /// Starts an exec and attaches to it.
    init(client: DaemonClient, execID: String, options: SessionOptions) throws {
        self.client = client
        self.options = options
        resizePath = "/exec/\(execID)/resize"
        killPath = nil
        signals = try Self.blockSignals(options)
        inputIsOpen = options.readsInput
        let body: JSONValue = ["Detach": false, "Tty": .bool(options.isTerminal)]
        stream = try client.hijack(
            DaemonRequest(
                "POST", "/exec/\(execID)/start",
                body: .bytes(JSONWriter.bytes(body), contentType: "application/json")
            )
        )
    }

    private static func blockSignals(_ options: SessionOptions) throws -> SignalDescriptor? {
        var numbers = options.isTerminal ? [SignalDescriptor.windowChanged] : []
        if options.passesSignals, !options.isTerminal { numbers += SignalDescriptor.proxied }
        return numbers.isEmpty ? nil : try SignalDescriptor(blocking: numbers)
    }

    /// Carries everything until the output ends, then waits for the exit; answers the program's status.
    func run(until wait: DaemonStream) throws -> Int32 {
        try carry()
        while !wait.hasPending {
            let ready = try Readiness.wait(forInput: [wait.descriptor] + signalDescriptors)
            takeSignals(ready)
            if ready.contains(wait.descriptor) { break }
        }
        guard let outcome = try wait.nextJSON() else {
            throw DaemonError(.connectionLost, "the daemon went away; the container runs on, see skiff ps")
        }
        if let message = outcome["Error"]?["Message"]?.stringValue, !message.isEmpty {
            StandardStreamPrinter.note("skiff: \(message)")
        }
        return Int32(truncatingIfNeeded: outcome["StatusCode"]?.intValue ?? 0)
    }

    /// Carries input and output until the output ends.
    func carry() throws {
        let raw =
            options.isTerminal && options.readsInput && Terminal.isTerminal(StandardStream.input.rawValue)
            ? try Terminal.makeRaw(StandardStream.input.rawValue) : nil
        defer { raw?.restore() }
        if options.isTerminal { resize() }
        if !options.readsInput { stream.finishSending() }
        while true {
            var descriptors = [stream.descriptor] + signalDescriptors
            if inputIsOpen { descriptors.append(StandardStream.input.rawValue) }
            let ready = stream.hasPending ? [stream.descriptor] : try Readiness.wait(forInput: descriptors)
            takeSignals(ready)
            if inputIsOpen, ready.contains(StandardStream.input.rawValue) { try sendInput() }
            if ready.contains(stream.descriptor) {
                guard let bytes = try stream.receive() else { return }
                try show(bytes)
            }
        }
    }

    private var signalDescriptors: [Int32] { signals.map { [$0.descriptor] } ?? [] }

    private func sendInput() throws {
        let bytes = try StandardStream.input.read(upTo: 64 * 1024)
        if bytes.isEmpty {
            inputIsOpen = false
            stream.finishSending()
            return
        }
        do {
            try stream.send(bytes)
        } catch {
            // The program closed its input, or is gone; its output says the rest.
            inputIsOpen = false
        }
    }

    private func show(_ bytes: [UInt8]) throws {
        guard stream.isMultiplexed else {
            StandardStream.output.write(bytes)
            return
        }
        for piece in try demultiplexer.append(bytes) {
            let target: StandardStream = piece.channel == .output || piece.channel == .input ? .output : .error
            target.write(piece.bytes)
        }
    }

    private func takeSignals(_ ready: Set<Int32>) {
        guard let signals, ready.contains(signals.descriptor) else { return }
        while let number = signals.next() {
            if number == SignalDescriptor.windowChanged {
                resize()
            } else if let killPath {
                // The program may have ended a moment ago; there is nobody left to tell then.
                _ = try? client.send(DaemonRequest("POST", killPath, query: [("signal", String(number))]))
            }
        }
    }

    /// Tells the process the size of this terminal; one that is gone needs none.
    private func resize() {
        guard let size = Terminal.size(of: StandardStream.output.rawValue), size.rows > 0 else { return }
        let query = [(name: "h", value: String(size.rows)), (name: "w", value: String(size.columns))]
        _ = try? client.send(DaemonRequest("POST", resizePath, query: query))
    }
}
