import HTTPService
import NIOCore

/// exec and attach over SPDY/3.1: one SPDY stream per standard stream.
struct SPDYRemoteCommand: Sendable {
    /// Versions this server speaks, best first.
    enum Version: String, CaseIterable, Sendable {
        case v4 = "v4.channel.k8s.io"
        case v3 = "v3.channel.k8s.io"
        case v2 = "v2.channel.k8s.io"
        case v1 = "channel.k8s.io"

        /// From v3 on a terminal's sizes come on a stream of their own.
        var hasResize: Bool { self == .v4 || self == .v3 }
    }

    let version: Version
    let command: RemoteCommand

    /// Picks the best version both sides speak.
    static func version(offered: [String]) -> Version? {
        guard !offered.isEmpty else { return .v1 }
        return Version.allCases.first { offered.contains($0.rawValue) }
    }

    /// Runs the command over the stream; returns when it is over and all streams are finished.
    func serve(_ stream: ByteStream) async throws {
        let session = SPDYSession { try await stream.write($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await session.run(stream.inbound)
                throw CancellationError()
            }
            group.addTask { try await self.runCommand(session) }
            try await group.next()
            group.cancelAll()
        }
    }

    private var expected: Set<String> {
        let asked = self.command.streams
        var names: Set = ["error"]
        if asked.stdin { names.insert("stdin") }
        if asked.stdout { names.insert("stdout") }
        if asked.stderr, !asked.tty { names.insert("stderr") }
        if asked.tty, self.version.hasResize { names.insert("resize") }
        return names
    }

    private func runCommand(_ session: SPDYSession) async throws {
        let expected = self.expected
        var opened: [String: SPDYStream] = [:]
        for await stream in session.streams {
            guard let type = stream.headers["streamtype"], expected.contains(type) else {
                try await stream.close()
                continue
            }
            opened[type] = stream
            if opened.count == expected.count { break }
        }
        guard let error = opened["error"], opened.count == expected.count else { throw CancellationError() }
        let (stdin, stdout, stderr) = (opened["stdin"], opened["stdout"], opened["stderr"])
        let resizes = AsyncStream<TerminalSize>.makeStream(bufferingPolicy: .bufferingNewest(4))
        let podSession = PodSession(
            tty: self.command.streams.tty,
            stdin: stdin.map { PodInput(pipe: $0.input) },
            stdout: stdout.map { stream in PodOutput { try await stream.write($0) } },
            stderr: stderr.map { stream in PodOutput { try await stream.write($0) } },
            resizes: resizes.stream
        )
        let resizeInput = opened["resize"]?.input
        let resizing = Task {
            defer { resizes.continuation.finish() }
            guard let input = resizeInput else { return }
            for await bytes in input { ResizeMessage.sizes(in: bytes).forEach { resizes.continuation.yield($0) } }
        }
        let outcome = await withTaskCancellationHandler {
            await self.command.outcome(podSession)
        } onCancel: {
            resizing.cancel()
        }
        resizing.cancel()
        stdin?.input.cancelReading()
        // Output first: a client may stop reading once it has the status.
        try await stdout?.finish()
        try await stderr?.finish()
        let status = self.version == .v4 ? outcome.bytes : outcome.plainText
        if status.readableBytes > 0 { try await error.write(status) }
        for stream in opened.values { try await stream.finish() }
    }
}
