import HTTPService
import SystemLinux

/// A server on the loopback port that was chosen for it.
struct PortedServer: Sendable {
    let server: RunningServer
    let number: Int
}

extension PlatformStart {
    /// Tries a server's candidate ports in order until one can be bound, keeps the choice for the next start, and
    /// notes when it is not the one people expect.
    /// - Throws: the last attempt's error when no port can be bound.
    func choosePort(
        _ kept: any WritableKeyPath<KeptChoices, UInt16?> & Sendable,
        usual: UInt16,
        _ what: String,
        _ listen: (Int) async throws -> (RunningServer, Int)
    ) async throws -> PortedServer {
        var choices = try await BlockingPool.shared.run { [paths] in try KeptChoices.load(paths.choices) }
        var failure: (any Error)?
        for candidate in PortChoice(usual: usual, kept: choices[keyPath: kept]).candidates {
            do {
                let (server, number) = try await listen(Int(candidate))
                if number != Int(usual) {
                    facts.note("port \(usual) is busy, so the \(what) listens on port \(number)")
                }
                if choices[keyPath: kept] != UInt16(exactly: number) {
                    choices[keyPath: kept] = UInt16(exactly: number)
                    let changed = choices
                    try await BlockingPool.shared.run { [paths] in try changed.save(paths.choices) }
                }
                return PortedServer(server: server, number: number)
            } catch let error as HTTPServiceError where error.code == .listenFailed {
                failure = error
            }
        }
        throw PlatformError(.startFailed, "no port can be bound for the \(what)", cause: failure)
    }
}
