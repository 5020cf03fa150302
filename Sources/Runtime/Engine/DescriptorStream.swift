import SystemLinux

/// One pipe, socket or terminal of a container, read and written without blocking a thread.
public struct DescriptorStream: Sendable {
    /// The largest piece read at once, in bytes.
    public static let pieceMaxBytes = 64 * 1024

    private let descriptor: OwnedFD
    private let reactor: DescriptorReactor

    /// Takes a descriptor and makes it non-blocking.
    init(_ descriptor: OwnedFD, reactor: DescriptorReactor) throws(LinuxError) {
        try descriptor.setNonBlocking()
        self.descriptor = descriptor
        self.reactor = reactor
    }

    /// The next bytes; nil at the end. One reader at a time.
    /// - Throws: `CancellationError`, `LinuxError`.
    public func read() async throws -> [UInt8]? {
        while true {
            switch attempt() {
            case .success(let bytes): return bytes.isEmpty ? nil : bytes
            case .failure(let error) where error.errno == .wouldBlock: try await reactor.readable(descriptor)
            // A pseudo terminal whose other side is closed says EIO instead of end-of-file.
            case .failure(let error) where error.errno == Self.hangUp: return nil
            case .failure(let error): throw error
            }
        }
    }

    private func attempt() -> Result<[UInt8], LinuxError> {
        Result { () throws(LinuxError) in try descriptor.read(upTo: Self.pieceMaxBytes) }
    }

    /// Writes every byte; suspends while the reader is slow. One writer at a time.
    /// - Throws: `CancellationError`, `LinuxError` (`brokenPipe` when the reader is gone).
    public func write(_ bytes: [UInt8]) async throws {
        var position = 0
        while position < bytes.count {
            let rest = bytes[position...]
            let outcome = rest.withUnsafeBytes { descriptor.writeSome($0) }
            switch outcome {
            case .success(let count): position += count
            case .failure(.wouldBlock): try await reactor.writable(descriptor)
            case .failure(let errno): throw LinuxError("write", descriptor.description, errno)
            }
        }
    }

    /// Closes it; the other end sees the end of the stream.
    public func close() { descriptor.close() }

    /// EIO.
    private static let hangUp = Errno(5)
}
