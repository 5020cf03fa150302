import Effects
import EventBus
import Logging

/// Starts modules one after the other: measures each, says so on the bus, and names the one that failed.
struct StartSequence: Sendable {
    let effects: Effects
    let bus: EventBus
    let facts: PlatformFacts
    let logger: Logger

    /// Runs the start of one module and hands its result on.
    /// - Throws: `startFailed` with the module's name and its own error.
    func start<Started: Sendable>(
        _ module: Module,
        _ body: @Sendable () async throws -> Started
    ) async throws(PlatformError) -> Started {
        let began = effects.time.monotonic
        do {
            let started = try await body()
            let took = effects.time.monotonic - began
            facts.started(module.rawValue, took: took)
            bus.publish(
                .module(.started(module: module, nanoseconds: took.wholeNanoseconds)),
                subject: .module(module),
                module: .platform
            )
            return started
        } catch {
            bus.publish(.module(.failed(module: module)), subject: .module(module), module: .platform)
            logger.error("failed to start module", metadata: ["module": "\(module.rawValue)", "error": "\(error)"])
            throw PlatformError(.startFailed, "\(module.rawValue) could not start", cause: error)
        }
    }
}
