import Document
import Runtime
import Volumes

/// Turns every error the platform throws into what Engine API clients expect. The one place that knows statuses.
enum ErrorMapping {
    static func engineError(from error: any Error) -> EngineError {
        switch error {
        case let error as EngineError: error
        case let error as RuntimeError: EngineError(code(of: error), error.message, cause: error.cause)
        case let error as VolumeError: EngineError(code(of: error), error.message, cause: error.cause)
        case let error as DocumentError: EngineError(.invalid, error.description)
        case is CancellationError: EngineError(.unavailable, "the engine is stopping")
        default: EngineError(.internalFailure, "\(error)")
        }
    }

    private static func code(of error: RuntimeError) -> EngineError.Code {
        switch error.code {
        case .notFound, .imageNotFound: .notFound
        case .invalid: .invalid
        case .unsupported: .notImplemented
        case .conflict, .notRunning: .conflict
        case .unchanged: .unchanged
        case .commandNotFound, .commandNotExecutable: .invalid
        case .unavailable: .unavailable
        default: .internalFailure
        }
    }

    private static func code(of error: VolumeError) -> EngineError.Code {
        switch error.code {
        case .notFound: .notFound
        case .invalid: .invalid
        case .inUse, .conflict: .conflict
        default: .internalFailure
        }
    }
}
