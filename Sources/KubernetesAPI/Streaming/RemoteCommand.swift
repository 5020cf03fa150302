import Document
import NIOCore

/// One exec or attach, whatever protocol carries it.
struct RemoteCommand: Sendable {
    /// Which of the standard streams the client asked for, and whether on a terminal.
    struct Streams: Sendable, Equatable {
        var stdin = false
        var stdout = false
        var stderr = false
        var tty = false
    }

    let streams: Streams
    /// Runs the command; returns its exit status, or nil when there is none to report (attach).
    let run: @Sendable (PodSession) async throws -> Int32?

    /// Runs it and says how it ended.
    func outcome(_ session: PodSession) async -> CommandOutcome {
        do {
            let status = try await self.run(session) ?? 0
            return status == 0 ? .success : .exited(status)
        } catch {
            return .failed("\(error)")
        }
    }
}

/// How a remote command ended, as the error channel of v4 and later says it.
enum CommandOutcome: Sendable, Equatable {
    case success
    case exited(Int32)
    case failed(String)

    /// The Status object of the error channel.
    var status: JSONValue {
        switch self {
        case .success:
            return ["metadata": [:], "status": "Success"]
        case .exited(let code):
            return [
                "metadata": [:], "status": "Failure",
                "message": .string("command terminated with non-zero exit code: exit status \(code)"),
                "reason": "NonZeroExitCode",
                "details": ["causes": [["reason": "ExitCode", "message": .string("\(code)")]]],
            ]
        case .failed(let message):
            return [
                "metadata": [:], "status": "Failure", "message": .string(message), "reason": "InternalError",
                "code": 500, "details": ["causes": [["message": .string(message)]]],
            ]
        }
    }

    /// The status as bytes of the error channel.
    var bytes: ByteBuffer { ByteBuffer(bytes: JSONWriter.bytes(self.status)) }

    /// What protocol versions before v4 put on the error channel: nothing on success, plain text otherwise.
    var plainText: ByteBuffer {
        switch self {
        case .success: ByteBuffer()
        case .exited(let code): ByteBuffer(string: "command terminated with non-zero exit code: exit status \(code)")
        case .failed(let message): ByteBuffer(string: message)
        }
    }
}

/// Terminal sizes as clients send them: `{"Width":80,"Height":24}`.
enum ResizeMessage {
    /// Reads every size in a piece of the resize stream; what is not one is skipped.
    static func sizes(in bytes: ByteBuffer) -> [TerminalSize] {
        let text = String(buffer: bytes)
        return text.split(separator: "}").compactMap { piece in
            guard let value = try? JSONReader.parse(piece.trimmingPrefix { $0.isWhitespace } + "}"),
                let width = value["Width"]?.intValue.flatMap({ UInt16(exactly: $0) }),
                let height = value["Height"]?.intValue.flatMap({ UInt16(exactly: $0) })
            else { return nil }
            return TerminalSize(width: width, height: height)
        }
    }
}
