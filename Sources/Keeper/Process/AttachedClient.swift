import CLinux
import Glibc
import SystemLinux

/// One client's ends of a process's relayed streams. A lossy client that does not keep up is dropped; a lossless one
/// makes the keeper read less from the process, until it has made no progress for 10 seconds.
final class AttachedClient {
    /// Room in the kernel for what a client has not read: 1 MiB per stream.
    static let pipeBytes: Int32 = 1 << 20
    /// Time without any progress after which a lossless client counts as dead.
    static let stallLimitNanoseconds: Int64 = 10_000_000_000

    /// One stream on its way to the client.
    private struct Outlet {
        let pipe: OwnedFD
        var backlog: [UInt8] = []
        var token: EventLoop.Token?
    }

    let isLossless: Bool
    private let loop: EventLoop
    private var outlets: [LogStream: Outlet] = [:]
    private(set) var input: OwnedFD?
    private var inputToken: EventLoop.Token?
    private var onInput: (() -> Void)?
    private var lastProgress = WallClock.monotonicNanoseconds
    /// Called when the client is gone, with whether it was dropped for slowness.
    var onEnd: ((AttachedClient, Bool) -> Void)?
    /// Called when a lossless client has room again.
    var onRoom: (() -> Void)?
    private var isEnding = false

    init(isLossless: Bool, loop: EventLoop) {
        self.isLossless = isLossless
        self.loop = loop
    }

    /// Whether reading from the process must wait for this client.
    var isBlocking: Bool { isLossless && outlets.values.contains { !$0.backlog.isEmpty } }

    /// Whether a blocking client has stood still for too long.
    func isStalled(at now: Int64) -> Bool {
        outlets.values.contains { !$0.backlog.isEmpty } && now - lastProgress > Self.stallLimitNanoseconds
    }

    /// Adds an output stream and returns the client's end.
    func addOutlet(_ stream: LogStream) throws(LinuxError) -> OwnedFD {
        let pipe = try OwnedFD.pipe()
        try pipe.write.setNonBlocking()
        // A smaller pipe only means less patience.
        _ = skiff_set_pipe_size(pipe.write.raw, Self.pipeBytes)
        var outlet = Outlet(pipe: pipe.write)
        // Nothing wanted: an error event says that the client closed its end.
        outlet.token = try loop.add(pipe.write, []) { [weak self] ready in self?.outletReady(stream, ready) }
        outlets[stream] = outlet
        return pipe.read
    }

    /// Adds the input stream and returns the client's end. `onReady` is called when there is something to read.
    func addInput(_ onReady: @escaping () -> Void) throws(LinuxError) -> OwnedFD {
        let pipe = try OwnedFD.pipe()
        try pipe.read.setNonBlocking()
        input = pipe.read
        onInput = onReady
        inputToken = try loop.add(pipe.read, .read) { _ in onReady() }
        return pipe.write
    }

    /// Stops or resumes listening to the client's input. The registration goes and comes back: a client that hung up
    /// would otherwise be reported without end.
    func setInputWanted(_ wanted: Bool) {
        guard let input, let onInput, wanted != (inputToken != nil) else { return }
        if wanted {
            inputToken = try? loop.add(input, .read) { _ in onInput() }
        } else {
            inputToken.map { loop.remove($0) }
            inputToken = nil
        }
    }

    /// The client has closed its input, or nobody wants it any more.
    func closeInput() {
        inputToken.map { loop.remove($0) }
        inputToken = nil
        input?.close()
        input = nil
        endIfEmpty()
    }

    /// Passes on what the process wrote.
    func send(_ bytes: ArraySlice<UInt8>, _ stream: LogStream) {
        guard var outlet = outlets[stream] else { return }
        if !outlet.backlog.isEmpty {
            outlet.backlog.append(contentsOf: bytes)
            outlets[stream] = outlet
            return
        }
        switch write(bytes, to: outlet.pipe) {
        case .success(let rest) where rest.isEmpty: lastProgress = WallClock.monotonicNanoseconds
        case .success(let rest) where isLossless || isEnding:
            lastProgress = WallClock.monotonicNanoseconds
            outlet.backlog = Array(rest)
            outlets[stream] = outlet
            outlet.token.map { loop.change($0, .write) }
        case .success: end(dropped: true)
        case .failure: closeOutlet(stream)
        }
    }

    /// No more will come: close each stream once its backlog is delivered.
    func finish() {
        isEnding = true
        for (stream, outlet) in outlets where outlet.backlog.isEmpty { closeOutlet(stream) }
        closeInput()
    }

    /// Closes everything at once.
    func end(dropped: Bool) {
        for stream in Array(outlets.keys) { removeOutlet(stream) }
        inputToken.map { loop.remove($0) }
        inputToken = nil
        input?.close()
        input = nil
        let callback = onEnd
        onEnd = nil
        callback?(self, dropped)
    }

    private func outletReady(_ stream: LogStream, _ ready: EventLoop.Readiness) {
        guard var outlet = outlets[stream] else { return }
        if ready.contains(.failed) { return closeOutlet(stream) }
        switch write(outlet.backlog[...], to: outlet.pipe) {
        case .success(let rest):
            if rest.count < outlet.backlog.count { lastProgress = WallClock.monotonicNanoseconds }
            outlet.backlog = Array(rest)
            outlets[stream] = outlet
            if !rest.isEmpty { return }
            outlet.token.map { loop.change($0, []) }
            if isEnding { closeOutlet(stream) } else { onRoom?() }
        case .failure: closeOutlet(stream)
        }
    }

    private func closeOutlet(_ stream: LogStream) {
        removeOutlet(stream)
        onRoom?()
        endIfEmpty()
    }

    private func removeOutlet(_ stream: LogStream) {
        guard let outlet = outlets.removeValue(forKey: stream) else { return }
        outlet.token.map { loop.remove($0) }
        outlet.pipe.close()
    }

    private func endIfEmpty() {
        if outlets.isEmpty && input == nil { end(dropped: false) }
    }

    /// Writes as much as fits; what did not.
    private func write(_ bytes: ArraySlice<UInt8>, to pipe: OwnedFD) -> Result<ArraySlice<UInt8>, Errno> {
        var rest = bytes
        while !rest.isEmpty {
            let result = rest.withUnsafeBytes { buffer in
                retrying { skiff_write(pipe.raw, buffer.baseAddress, buffer.count) }
            }
            switch result {
            case .success(let count): rest = rest.dropFirst(Int(count))
            case .failure(.wouldBlock): return .success(rest)
            case .failure(let errno): return .failure(errno)
            }
        }
        return .success(rest)
    }
}
