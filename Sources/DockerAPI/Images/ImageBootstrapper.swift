import EventBus
import Images
import OCI

/// What a base image from a distribution's packages is made of.
public struct BootstrapRequest: Sendable, Hashable {
    /// The release: `bookworm`.
    public var suite: String
    /// Packages beyond the minimum.
    public var packages: [String]
    /// Names for the image; empty means `<distribution>:<suite>`.
    public var tags: [Reference]

    /// Makes a request.
    public init(suite: String, packages: [String], tags: [Reference]) {
        self.suite = suite
        self.packages = packages
        self.tags = tags
    }
}

/// Makes base images without any registry. Platform plugs it in.
public protocol ImageBootstrapper: Sendable {
    /// Builds the image; `progress` gets lines for people. Throws `ImageError` that says what to do.
    func bootstrap(
        _ request: BootstrapRequest, cause: Cause?, progress: @escaping @Sendable (String) -> Void
    ) async throws -> Image
}
