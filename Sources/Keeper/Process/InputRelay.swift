import CLinux
import Glibc
import SystemLinux

/// The way from attached clients to a process's input. One chunk at most waits here; clients are not read meanwhile.
final class InputRelay {
    /// Bytes taken from a client at once.
    static let chunkBytes = 64 * 1024

    /// The process's end: the writing end of its pipe, or its terminal.
    let sink: OwnedFD
    private let loop: EventLoop
    private var pending: ArraySlice<UInt8> = []
    private var token: EventLoop.Token?
    private var isClosing = false
    /// Called when the process's end is closed.
    var onClose: (() -> Void)?
    /// Called when clients may be read again, or not.
    var onWanted: ((Bool) -> Void)?

    init(sink: OwnedFD, loop: EventLoop) throws(LinuxError) {
        self.sink = sink
        self.loop = loop
        try sink.setNonBlocking()
        token = try loop.add(sink, []) { [weak self] ready in self?.ready(ready) }
    }

    var isOpen: Bool { sink.isOpen }

    /// Takes a chunk from a client; false when the client's input has ended.
    func take(from client: AttachedClient) -> Bool {
        guard let input = client.input, isOpen, pending.isEmpty else { return true }
        guard let bytes = try? input.read(upTo: Self.chunkBytes) else { return true }
        if bytes.isEmpty { return false }
        pending = bytes[...]
        write()
        return true
    }

    /// Closes the process's input once what waits is delivered.
    func finish() {
        isClosing = true
        if pending.isEmpty { close() }
    }

    /// Closes at once.
    func close() {
        token.map { loop.remove($0) }
        token = nil
        guard sink.isOpen else { return }
        sink.close()
        pending = []
        onClose?()
    }

    private func ready(_ ready: EventLoop.Readiness) {
        // The process closed its input or its terminal, or ended: nobody will ever read it.
        if ready.contains(.failed) || ready.contains(.hungUp) { return close() }
        write()
    }

    private func write() {
        while !pending.isEmpty {
            let result = pending.withUnsafeBytes { buffer in
                retrying { skiff_write(sink.raw, buffer.baseAddress, buffer.count) }
            }
            switch result {
            case .success(let count): pending = pending.dropFirst(Int(count))
            case .failure(.wouldBlock):
                token.map { loop.change($0, .write) }
                onWanted?(false)
                return
            case .failure: return close()
            }
        }
        token.map { loop.change($0, []) }
        onWanted?(true)
        if isClosing { close() }
    }
}
