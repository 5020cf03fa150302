import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Runtime

/// Carries bytes between a hijacked connection and a process until the process's output ends.
enum StreamSession {
    /// The head of a hijack: 101 for clients that ask for an upgrade, a raw 200 for others.
    static func response(
        to request: Request,
        isTerminal: Bool,
        _ session: @escaping @Sendable (ByteStream) async throws -> Void
    ) -> Response {
        let mediaType = StreamFrame.mediaType(isTerminal: isTerminal, version: request.engineVersion)
        guard request.headers[.upgrade] != nil else {
            return .hijack(status: .ok, headers: [.contentType: mediaType], session)
        }
        return .hijack(
            status: .init(code: 101, reasonPhrase: "UPGRADED"),
            headers: [.contentType: mediaType, .connection: "Upgrade", .upgrade: "tcp"], session
        )
    }

    /// What one direction of a session came to.
    private enum End {
        case output
        case input
        case detach
    }

    /// Runs until output and errors have ended (or the client detached); input is carried meanwhile.
    ///
    /// A client's half-close is passed on as the end of input, and output goes on (docker-oci.md §4.2).
    /// - Returns: whether the client left with its detach keys; the process goes on then.
    static func run(_ streams: ContainerStreams, over client: ByteStream, detachKeys: [UInt8]) async -> Bool {
        defer { streams.close() }
        let isTerminal = streams.isTerminal
        return await withTaskGroup(of: End.self) { group in
            var open = 0
            for (source, channel) in [(streams.output, StreamFrame.Channel.output), (streams.errors, .errors)] {
                guard let source else { continue }
                open += 1
                group.addTask {
                    await carry(source, channel, to: client, isTerminal: isTerminal)
                    return .output
                }
            }
            group.addTask { await carryInput(from: client, to: streams, detachKeys: detachKeys) }
            // Without output the session lasts as long as the client sends.
            let carriesOutput = open > 0
            while let end = await group.next() {
                if end == .output { open -= 1 }
                if end == .detach || (carriesOutput ? open == 0 : end == .input) {
                    group.cancelAll()
                    return end == .detach
                }
            }
            return false
        }
    }

    /// One direction: process to client. A client that is gone ends it; what is left is read by nobody.
    private static func carry(
        _ source: DescriptorStream,
        _ channel: StreamFrame.Channel,
        to client: ByteStream,
        isTerminal: Bool
    ) async {
        do {
            while let bytes = try await source.read() {
                try await client.write(StreamFrame.buffer(channel, bytes, isTerminal: isTerminal))
            }
        } catch {
            source.close()
        }
    }

    /// The other direction: client to process. Ends with the client's half-close or its detach keys.
    private static func carryInput(
        from client: ByteStream,
        to streams: ContainerStreams,
        detachKeys: [UInt8]
    ) async -> End {
        var keys = DetachKeys(detachKeys)
        do {
            for try await buffer in client.inbound {
                guard let input = streams.input else { continue }
                switch keys.take(Array(buffer.readableBytesView), active: streams.isTerminal) {
                case .pass(let bytes): if !bytes.isEmpty { try await input.write(bytes) }
                case .detach: return .detach
                }
            }
        } catch {
            // The program closed its input, or the client is gone: nothing more can be carried.
        }
        streams.input?.close()
        return .input
    }
}

/// Finds the key sequence that detaches (ctrl-p ctrl-q unless told otherwise) in a terminal's input. Pure.
struct DetachKeys {
    enum Outcome: Equatable {
        /// Bytes for the program.
        case pass([UInt8])
        /// The sequence came.
        case detach
    }

    private let keys: [UInt8]
    private var matched = 0

    init(_ keys: [UInt8]) {
        self.keys = keys
    }

    /// Takes input; a begun sequence is held back until it ends or breaks.
    mutating func take(_ bytes: [UInt8], active: Bool) -> Outcome {
        guard active, !keys.isEmpty else { return .pass(bytes) }
        var out: [UInt8] = []
        for byte in bytes {
            if byte == keys[matched] {
                matched += 1
                if matched == keys.count { return .detach }
                continue
            }
            out += keys.prefix(matched)
            matched = byte == keys[0] ? 1 : 0
            if matched == 0 { out.append(byte) } else if keys.count == 1 { return .detach }
        }
        return .pass(out)
    }

    /// Reads `ctrl-p,ctrl-q` or `a,b`; nil and the empty text mean the default.
    /// - Throws: `EngineError` `.invalid`.
    static func parse(_ text: String?) throws(EngineError) -> [UInt8] {
        guard let text, !text.isEmpty else { return [16, 17] }
        var out: [UInt8] = []
        for key in text.split(separator: ",") {
            let bytes = Array(key.utf8)
            if bytes.count == 1 {
                out.append(bytes[0])
            } else if key.lowercased().hasPrefix("ctrl-"), bytes.count == 6, bytes[5] >= 64 {
                out.append(bytes[5] & 0x1f)
            } else {
                throw EngineError(
                    .invalid, "invalid detach keys \"\(text)\": use letters and ctrl-LETTER, comma-separated")
            }
        }
        return out
    }
}
