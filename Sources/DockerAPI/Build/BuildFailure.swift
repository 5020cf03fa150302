import Builder
import Images
import OCI

/// Maps failures of builds and images to statuses of the Engine API.
enum BuildFailure {
    static func engineError(from error: any Error) -> any Error {
        switch error {
        case let error as BuilderError: EngineError(code(of: error), error.description)
        case let error as OCIError: EngineError(.invalid, error.description)
        case let error as ImageError: EngineError(code(of: error), error.description)
        default: error
        }
    }

    private static func code(of error: BuilderError) -> EngineError.Code {
        switch error.code {
        case .syntax, .unknownInstruction, .invalidValue, .notFound, .context, .limit: .invalid
        case .unsupported: .notImplemented
        case .permission: .forbidden
        case .base: .notFound
        default: .internalFailure
        }
    }

    private static func code(of error: ImageError) -> EngineError.Code {
        switch error.code {
        case .notFound, .blobNotFound: .notFound
        case .invalid: .invalid
        case .denied: .unauthorized
        case .conflict, .inUse: .conflict
        case .unsupported: .notImplemented
        default: .internalFailure
        }
    }

    /// The text of a failure, with the excerpt when there is one.
    static func text(of error: any Error) -> String { "\(error)" }

    /// The exit status of the RUN step that failed; 1 for other failures.
    static func exitCode(of error: any Error) -> Int { (error as? BuilderError)?.exitCode ?? 1 }
}
