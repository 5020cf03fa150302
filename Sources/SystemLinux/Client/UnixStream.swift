import CLinux
import Glibc

/// The client's end of a unix stream socket. Every call blocks its thread.
public final class UnixStream: Sendable {
    private let socket: OwnedFD

    /// Takes ownership of a connected stream socket.
    public init(_ socket: OwnedFD) {
        self.socket = socket
    }

    /// Connects to the socket at `path`.
    /// - Throws: `LinuxError` of connect(2).
    public static func connect(path: String) throws(LinuxError) -> UnixStream {
        UnixStream(try UnixSocket.connect(path, kind: .stream))
    }

    /// The descriptor's number, for polling only.
    public var descriptor: Int32 { socket.raw }

    /// Sends every byte; a peer that is gone gives EPIPE and never a signal.
    public func sendAll(_ bytes: [UInt8]) throws(LinuxError) {
        var sent = 0
        while sent < bytes.count {
            let result = bytes.withUnsafeBytes { buffer in
                retrying {
                    skiff_send_fds(socket.raw, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, nil, 0, 0)
                }
            }
            sent += Int(try result.orThrow("send", socket.description))
        }
    }

    /// Receives at most `limit` bytes onto the end of `buffer`; answers how many, 0 at the end of the stream.
    public func receive(appendingTo buffer: inout [UInt8], atMost limit: Int) throws(LinuxError) -> Int {
        let bytes = try socket.read(upTo: limit)
        if buffer.isEmpty { buffer = bytes } else { buffer += bytes }
        return bytes.count
    }

    /// Tells the peer that no more bytes come; receiving goes on.
    public func shutdownWrite() throws(LinuxError) {
        _ = try outcome(skiff_shutdown(socket.raw, Int32(SHUT_WR))).orThrow("shutdown", socket.description)
    }
}
