import NIOConcurrencyHelpers

/// Tells the task that writes a long response that nobody reads it any more, or that the server stops.
final class ConnectionSignals: Sendable {
    private struct State {
        var clientFinished = false
        var serverStopping = false
        var observer: (@Sendable (Signal) -> Void)?
    }

    enum Signal { case clientFinished, serverStopping }

    private let state = NIOLockedValueBox(State())

    /// The client closed its sending side or the connection.
    func clientFinished() {
        let observer = self.state.withLockedValue { state -> (@Sendable (Signal) -> Void)? in
            state.clientFinished = true
            return state.observer
        }
        observer?(.clientFinished)
    }

    /// The server asks its connections to finish.
    func serverStopping() {
        let observer = self.state.withLockedValue { state -> (@Sendable (Signal) -> Void)? in
            state.serverStopping = true
            return state.observer
        }
        observer?(.serverStopping)
    }

    /// Calls `observer` for signals from now on, at once for those already given; one observer at a time.
    func observe(_ observer: @escaping @Sendable (Signal) -> Void) {
        let (finished, stopping) = self.state.withLockedValue { state in
            state.observer = observer
            return (state.clientFinished, state.serverStopping)
        }
        if finished { observer(.clientFinished) }
        if stopping { observer(.serverStopping) }
    }

    /// Ends the observation.
    func stopObserving() {
        self.state.withLockedValue { $0.observer = nil }
    }
}
