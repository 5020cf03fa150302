/// How a build moves on. Published by Builder; `skiff why build/ID` and the Docker event stream listen.
public enum BuildEvent: Sendable, Hashable {
    /// The Dockerfile was accepted and execution begins.
    case started(build: String)
    /// A step's result is there; `cached` when it was not executed.
    case stepFinished(build: String, step: Int, cached: Bool)
    /// The image is in the store.
    case finished(build: String, digest: String)
    /// A step failed with its exit code, or 0 when it never ran.
    case failed(build: String, step: Int, exitCode: Int)
    /// The client went away or asked to stop.
    case cancelled(build: String)

    var details: EventDetails {
        switch self {
        case .started(let build): EventDetails("started", ["build": build])
        case .stepFinished(let build, let step, let cached):
            EventDetails("stepFinished", ["build": build, "step": String(step), "cached": String(cached)])
        case .finished(let build, let digest): EventDetails("finished", ["build": build, "digest": digest])
        case .failed(let build, let step, let exitCode):
            EventDetails("failed", ["build": build, "step": String(step), "exitCode": String(exitCode)])
        case .cancelled(let build): EventDetails("cancelled", ["build": build])
        }
    }
}
