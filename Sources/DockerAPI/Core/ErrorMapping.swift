import Document
import Images
import Runtime
import Volumes

/// Turns every error the platform throws into what Engine API clients expect. The one place that knows statuses.
enum ErrorMapping {
    static func engineError(from error: any Error) -> EngineError {
        switch error {
        case let error as EngineError: error
        case let error as RuntimeError: EngineError(code(of: error), error.message, cause: cause(of: error))
        case let error as VolumeError: EngineError(code(of: error), error.message, cause: error.cause)
        case let error as ImageError: EngineError(code(of: error), error.message, cause: error.cause)
        case let error as DocumentError: EngineError(.invalid, error.description)
        case is CancellationError: EngineError(.unavailable, "the engine is stopping")
        default: EngineError(.internalFailure, "\(error)")
        }
    }

    /// A program that can't run is explained in full by the message; elsewhere the cause says where it failed.
    private static func cause(of error: RuntimeError) -> (any Error)? {
        switch error.code {
        case .commandNotFound, .commandNotExecutable, .imageNotFound: nil
        default: error.cause
        }
    }

    private static func code(of error: RuntimeError) -> EngineError.Code {
        switch error.code {
        case .notFound, .imageNotFound: .notFound
        case .invalid: .invalid
        case .unsupported: .notImplemented
        case .conflict, .notRunning: .conflict
        case .unchanged: .unchanged
        // What docker answers: the client reads the exit code out of the text.
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

    private static func code(of error: ImageError) -> EngineError.Code {
        switch error.code {
        case .notFound, .blobNotFound: .notFound
        case .invalid: .invalid
        case .conflict, .inUse: .conflict
        case .unsupported: .notImplemented
        case .denied: .unauthorized
        case .rateLimited, .unavailable: .unavailable
        default: .internalFailure
        }
    }
}
