import Document
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// A reply that is a stream of JSON objects, each ending in CR LF (docker-oci.md §4.2).
///
/// Work that fails before its first message is an ordinary error reply; afterwards the error is the last object.
enum ImageProgressStream {
    /// Most messages that wait for a slow client; beyond it the newest are dropped, which only makes progress coarser.
    private static let backlogLimit = 4096

    /// What `work` calls for each message.
    typealias Emit = @Sendable (JSONValue) -> Void

    /// Starts `work` and answers with its messages; the work is cancelled when the client goes away.
    static func reply(_ work: @escaping @Sendable (@escaping Emit) async throws -> Void) async throws -> Response {
        let (stream, continuation) = AsyncThrowingStream<JSONValue, any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(backlogLimit)
        )
        let task = Task {
            do {
                try await work { continuation.yield($0) }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { reason in
            if case .cancelled = reason { task.cancel() }
        }
        var first = stream.makeAsyncIterator()
        guard let head = try await first.next() else { return Response(status: .ok) }
        let body = ResponseBody { writer in
            try await writer.write(line(head))
            do {
                for try await message in stream { try await writer.write(line(message)) }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                let text = ErrorMapping.engineError(from: error).description
                try await writer.write(line(["errorDetail": ["message": .string(text)], "error": .string(text)]))
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/json"], body: body)
    }

    private static func line(_ message: JSONValue) -> ByteBuffer {
        ByteBuffer(bytes: JSONWriter.bytes(message) + [13, 10])
    }
}
