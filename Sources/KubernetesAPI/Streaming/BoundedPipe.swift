import NIOConcurrencyHelpers
import NIOCore

/// A queue of bytes between one writer and one reader. The writer waits while more than `limit` bytes are queued, so
/// back-pressure reaches the socket; either side may close it.
final class BoundedPipe: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private struct State {
        var queue: CircularBuffer<ByteBuffer> = CircularBuffer()
        var queuedBytes = 0
        var isFinished = false
        var readerGone = false
        var reader: CheckedContinuation<ByteBuffer?, Never>?
        var writer: CheckedContinuation<Void, Never>?
    }

    private let limit: Int
    private let state = NIOLockedValueBox(State())

    init(limit: Int = 256 * 1024) {
        self.limit = limit
    }

    /// Queues bytes; waits while the queue is full. Bytes for a reader that is gone are dropped.
    func write(_ buffer: ByteBuffer) async {
        guard buffer.readableBytes > 0 else { return }
        let (reader, isFull) = self.state.withLockedValue { state -> (CheckedContinuation<ByteBuffer?, Never>?, Bool) in
            if state.isFinished || state.readerGone { return (nil, false) }
            if let reader = state.reader {
                state.reader = nil
                return (reader, false)
            }
            state.queue.append(buffer)
            state.queuedBytes += buffer.readableBytes
            return (nil, state.queuedBytes > self.limit)
        }
        reader?.resume(returning: buffer)
        if isFull { await self.waitForRoom() }
    }

    private func waitForRoom() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = self.state.withLockedValue { state -> Bool in
                    if state.queuedBytes <= self.limit || state.isFinished || state.readerGone || Task.isCancelled {
                        return true
                    }
                    state.writer = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            self.takeWriter()?.resume()
        }
    }

    private func takeWriter() -> CheckedContinuation<Void, Never>? {
        self.state.withLockedValue { state in
            defer { state.writer = nil }
            return state.writer
        }
    }

    /// No more bytes will come; the reader gets what is queued, then the end.
    func finish() {
        let (reader, writer) = self.state.withLockedValue { state in
            state.isFinished = true
            defer {
                state.reader = nil
                state.writer = nil
            }
            return (state.reader, state.writer)
        }
        reader?.resume(returning: nil)
        writer?.resume()
    }

    /// The reader wants nothing more; what is queued and what still comes is dropped.
    func cancelReading() {
        let (reader, writer) = self.state.withLockedValue { state in
            state.readerGone = true
            state.queue.removeAll()
            state.queuedBytes = 0
            defer {
                state.reader = nil
                state.writer = nil
            }
            return (state.reader, state.writer)
        }
        reader?.resume(returning: nil)
        writer?.resume()
    }

    /// The next bytes; nil at the end and when the reading task is cancelled.
    func next() async -> ByteBuffer? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enum Now { case value(ByteBuffer?), later }
                let (now, writer) = self.state.withLockedValue { state -> (Now, CheckedContinuation<Void, Never>?) in
                    if let buffer = state.queue.popFirst() {
                        state.queuedBytes -= buffer.readableBytes
                        guard state.queuedBytes <= self.limit else { return (.value(buffer), nil) }
                        defer { state.writer = nil }
                        return (.value(buffer), state.writer)
                    }
                    if state.isFinished || state.readerGone || Task.isCancelled { return (.value(nil), nil) }
                    state.reader = continuation
                    return (.later, nil)
                }
                writer?.resume()
                if case .value(let buffer) = now { continuation.resume(returning: buffer) }
            }
        } onCancel: {
            let reader = self.state.withLockedValue { state in
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume(returning: nil)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pipe: self) }

    struct AsyncIterator: AsyncIteratorProtocol {
        let pipe: BoundedPipe
        mutating func next() async -> ByteBuffer? { await self.pipe.next() }
    }
}
