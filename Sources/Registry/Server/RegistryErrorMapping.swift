import Images
import Logging

/// The one place where the store's errors become the registry's.
enum RegistryErrorMapping {
    static func error(for error: ImageError, logger: Logger) -> RegistryError {
        switch error.code {
        case .notFound: return RegistryError(.manifestUnknown, status: 404, error.message)
        case .blobNotFound: return RegistryError(.blobUnknown, status: 404, error.message)
        case .corrupt: return RegistryError(.digestInvalid, status: 400, error.message)
        case .invalid, .unsupported: return RegistryError(.manifestInvalid, status: 400, error.description)
        case .conflict, .inUse: return RegistryError(.denied, status: 409, error.message)
        case .denied: return RegistryError(.denied, status: 403, error.message)
        case .rateLimited: return RegistryError(.tooManyRequests, status: 429, error.message)
        case .noSpace: return RegistryError(.sizeInvalid, status: 507, error.message)
        default:
            logger.error("image store failed", metadata: ["error": "\(error)"])
            return RegistryError(.unknown, status: 500, error.message)
        }
    }
}
