import Keeper
import SystemLinux

/// What an attaching client wants of a container's streams.
public struct AttachOptions: Sendable, Hashable {
    /// Whether the client sends standard input.
    public var input: Bool
    /// Whether the client gets standard output.
    public var output: Bool
    /// Whether the client gets standard error.
    public var errors: Bool

    /// Makes options.
    public init(input: Bool, output: Bool, errors: Bool) {
        self.input = input
        self.output = output
        self.errors = errors
    }
}

/// The client's ends of a process's streams.
public struct ContainerStreams: Sendable {
    /// Whether it is a terminal: then `output` carries everything.
    public let isTerminal: Bool
    /// What is written here the process reads; closing it is the end of input. Nil when not asked for.
    public let input: DescriptorStream?
    /// Standard output; nil when not asked for.
    public let output: DescriptorStream?
    /// Standard error; nil with a terminal or when not asked for.
    public let errors: DescriptorStream?

    init(_ ends: AttachedStreams, isTerminal: Bool, options: AttachOptions, reactor: DescriptorReactor) throws {
        self.isTerminal = isTerminal
        func stream(_ end: OwnedFD?, _ wanted: Bool) throws(LinuxError) -> DescriptorStream? {
            guard let end, wanted else { return nil }
            return try DescriptorStream(end, reactor: reactor)
        }
        input = try stream(ends.input, options.input)
        output = try stream(ends.output, options.output || isTerminal)
        errors = try stream(ends.errors, options.errors)
        // Ends that nobody reads would fill up and stop the process.
        if output == nil { ends.output?.close() }
        if errors == nil { ends.errors?.close() }
        if input == nil { ends.input?.close() }
    }

    /// Closes all ends: the client is gone.
    public func close() {
        input?.close()
        output?.close()
        errors?.close()
    }
}

/// An attachment that is registered already: a client that attaches before the start sees every byte.
public struct AttachTicket: Sendable {
    let stream: AsyncThrowingStream<ContainerStreams, any Error>
    /// Whether the process has a terminal.
    public let isTerminal: Bool

    /// Suspends until the container runs and its streams are there. Once per ticket.
    /// - Throws: `RuntimeError` when the start fails, `CancellationError`.
    public func streams() async throws -> ContainerStreams {
        for try await streams in stream { return streams }
        throw CancellationError()
    }
}

/// An attachment that waits for its container's start.
struct PendingAttachment {
    let options: AttachOptions
    let continuation: AsyncThrowingStream<ContainerStreams, any Error>.Continuation
}
