import Keeper
import Logging
import Synchronization
import SystemLinux

extension KeeperConnection {
    /// Sends a request and waits for its answer; `failed` answers are thrown.
    func request(_ message: KeeperMessage, descriptors: [Int32] = []) async throws -> KeeperAnswer {
        let answer = try await withCheckedThrowingContinuation { continuation in
            send(message, descriptors, continuation)
        }
        if case .failed(let code, let text, let step, let errno) = answer.message {
            throw KeeperError(wire: code, text, step: step, errno: errno)
        }
        return answer
    }

    private func send(
        _ message: KeeperMessage, _ descriptors: [Int32], _ continuation: CheckedContinuation<KeeperAnswer, any Error>
    ) {
        let prepared: Result<(UInt64, OwnedFD), KeeperError> = state.withLock { state in
            guard let socket = state.socket else {
                return .failure(KeeperError(.keeperGone, "keeper is being restarted; try again"))
            }
            guard state.pending.count < Self.requestLimit else {
                return .failure(KeeperError(.limit, "\(Self.requestLimit) keeper requests wait already; try again"))
            }
            state.lastRequest += 1
            state.pending[state.lastRequest] = KeeperLinkState.Pending(continuation: continuation)
            return .success((state.lastRequest, socket))
        }
        switch prepared {
        case .failure(let error): continuation.resume(throwing: error)
        case .success((let number, let socket)):
            transmit(message.encoded(request: number), descriptors, on: socket, number)
        }
    }

    /// Sends at once when the socket has room, as nearly always, else from a thread that may wait.
    private func transmit(_ bytes: [UInt8], _ descriptors: [Int32], on socket: OwnedFD, _ number: UInt64) {
        guard bytes.count <= KeeperMessage.sizeLimit else {
            return fail(number, KeeperError(.limit, "request is larger than \(KeeperMessage.sizeLimit) bytes"))
        }
        switch UnixSocket.trySend(bytes, descriptors: descriptors, on: socket, wait: false) {
        case .success: return
        case .failure(.wouldBlock):
            // The numbers may be closed by the time a thread sends them: hand over duplicates.
            let copies = descriptors.compactMap { try? OwnedFD.duplicate(of: $0) }
            let accepted = BlockingPool.shared.submit { [self] in
                let sent = UnixSocket.trySend(bytes, descriptors: copies.map(\.raw), on: socket)
                if case .failure(let errno) = sent { fail(number, Self.gone(errno)) }
            }
            if !accepted { fail(number, KeeperError(.limit, "too many blocking calls wait; try again")) }
        case .failure(let errno): fail(number, Self.gone(errno))
        }
    }

    private func fail(_ number: UInt64, _ error: KeeperError) {
        state.withLock { $0.pending.removeValue(forKey: number) }?.continuation.resume(throwing: error)
    }

    private static func gone(_ errno: Errno) -> KeeperError {
        KeeperError(.keeperGone, "keeper does not take requests: \(errno)", errno: errno)
    }

    /// Takes one datagram of the keeper to whoever waits for it. Runs on the reading thread.
    func receive(_ datagram: UnixSocket.Message) {
        let decoded: (request: UInt64, message: KeeperMessage)
        do {
            decoded = try KeeperMessage.decode(datagram.bytes)
        } catch {
            logger.error("keeper message not understood", metadata: ["error": "\(error)"])
            return
        }
        switch decoded.message {
        case .exited(let record):
            state.withLock { _ = $0.held.removeValue(forKey: record.id) }
            announce(.exited(record))
        case .inputClosed(let id): state.withLock { $0.releaseInput(id) }
        case .attachDropped(let id): announce(.attachDropped(id: id))
        case .child(let record, let roles):
            state.withLock { state in
                state.pending[decoded.request]?.children.append((record, roles, datagram.descriptors))
            }
        default:
            let pending = state.withLock { $0.pending.removeValue(forKey: decoded.request) }
            guard let pending else { return }
            let answer = KeeperAnswer(
                message: decoded.message, descriptors: datagram.descriptors, children: pending.children
            )
            pending.continuation.resume(returning: answer)
        }
    }

    /// Fails everything that waits for a keeper that is gone.
    func abandonRequests() {
        let waiting = state.withLock { state in
            defer { state.pending = [:] }
            state.socket = nil
            return Array(state.pending.values)
        }
        for pending in waiting {
            pending.continuation.resume(throwing: KeeperError(.keeperGone, "keeper ended before it answered"))
        }
    }
}
