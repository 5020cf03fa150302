import CLinux
import Glibc
import SystemLinux

/// The way from one of a process's output streams to its log and its attached clients.
final class OutputRelay {
    /// Bytes read at once; one buffer serves all streams of the keeper.
    static let chunkBytes = 64 * 1024
    /// What is still read from a stream after its process ended: a pipe's own capacity, generously.
    static let drainLimit = 4 << 20

    let source: OwnedFD
    let stream: LogStream
    private let loop: EventLoop
    private var token: EventLoop.Token?
    private let deliver: (ArraySlice<UInt8>, LogStream) -> Void
    private let onEnd: (OutputRelay) -> Void
    private(set) var isPaused = false

    init(
        source: OwnedFD, stream: LogStream, loop: EventLoop,
        deliver: @escaping (ArraySlice<UInt8>, LogStream) -> Void, onEnd: @escaping (OutputRelay) -> Void
    ) throws(LinuxError) {
        self.source = source
        self.stream = stream
        self.loop = loop
        self.deliver = deliver
        self.onEnd = onEnd
        try source.setNonBlocking()
        token = try listen()
    }

    /// Stops or resumes reading, for the sake of a lossless client. The registration goes and comes back: a hang-up
    /// would otherwise be reported without end.
    func setPaused(_ paused: Bool) {
        guard paused != isPaused, source.isOpen else { return }
        isPaused = paused
        token.map { loop.remove($0) }
        token = paused ? nil : try? listen()
    }

    private func listen() throws(LinuxError) -> EventLoop.Token {
        try loop.add(source, .read) { [weak self] _ in self?.readOnce() }
    }

    /// Reads what the ended process left behind, then closes.
    func drain() {
        var left = Self.drainLimit
        while left > 0, let count = read(), count > 0 { left -= count }
        close()
    }

    func close() {
        token.map { loop.remove($0) }
        token = nil
        source.close()
    }

    private func readOnce() {
        guard let count = read() else { return }
        if count == 0 {
            close()
            onEnd(self)
        }
    }

    /// Reads and delivers one chunk: its size, 0 at the end, nil when nothing is there now.
    private func read() -> Int? {
        guard source.isOpen else { return 0 }
        switch SharedBuffer.fill(from: source) {
        case .success(let bytes):
            if bytes.isEmpty { return 0 }
            deliver(bytes, stream)
            return bytes.count
        case .failure(.wouldBlock): return nil
        // A terminal whose other side is closed everywhere reports EIO.
        case .failure: return 0
        }
    }
}

/// The one buffer all streams are read into.
enum SharedBuffer {
    // The keeper has one thread; nobody else can touch this.
    nonisolated(unsafe) private static let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: OutputRelay.chunkBytes, alignment: 16
    )

    static func fill(from source: OwnedFD) -> Result<ArraySlice<UInt8>, Errno> {
        retrying { skiff_read(source.raw, buffer.baseAddress, buffer.count) }
            .map { ArraySlice(UnsafeRawBufferPointer(rebasing: buffer[..<Int($0)])) }
    }
}
