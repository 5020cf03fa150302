import OCI

/// How the store reaches other registries. Registry implements it; Platform plugs it in.
public protocol ImageTransport: Sendable {
    /// Fetches what `reference` names for `platform` into `store` and returns the digest of the manifest or index
    /// the registry answered with. The content is complete and verified when this returns.
    ///
    /// Throws `ImageError` `denied`, `rateLimited`, `unavailable`, `notFound` or `corrupt`.
    func pull(
        _ reference: Reference, platform: OCIPlatform, into store: ImageStore, credentials: RegistryCredentials?,
        progress: TransferProgress
    ) async throws -> Digest

    /// Uploads what `reference` points at in `store` and returns the descriptor that the registry now has.
    func push(
        _ reference: Reference, from store: ImageStore, credentials: RegistryCredentials?, progress: TransferProgress
    ) async throws -> Descriptor
}

/// What a person or client gives to prove who they are to a registry. Never logged.
public struct RegistryCredentials: Sendable, Hashable {
    /// User name; empty with an identity token.
    public let username: String
    /// Password or personal token.
    public let password: String
    /// Token from an earlier login that stands for the password.
    public let identityToken: String?

    /// Makes credentials.
    public init(username: String, password: String, identityToken: String? = nil) {
        self.username = username
        self.password = password
        self.identityToken = identityToken
    }
}

/// Receives what happens during a pull or push; must be quick and must not block.
public struct TransferProgress: Sendable {
    /// One step of a transfer.
    public enum Step: Sendable, Hashable {
        /// The transfer of a whole image begins.
        case started(Reference)
        /// The content is here (there) already.
        case present(Digest)
        /// It will be transferred.
        case waiting(Digest)
        /// So many bytes of all are transferred.
        case transferring(Digest, done: Int64, total: Int64)
        /// All bytes are transferred and verified.
        case transferred(Digest)
        /// A layer is being unpacked.
        case extracting(Digest)
        /// A layer is ready to be used.
        case ready(Digest)
        /// The other registry took it from another repository.
        case mounted(Digest, from: String)
        /// A remark for people: retry, rate limit, fallback.
        case note(String)
    }

    private let receive: @Sendable (Step) -> Void

    /// Calls `receive` for each step, from any thread.
    public init(_ receive: @escaping @Sendable (Step) -> Void) { self.receive = receive }

    /// Throws the steps away.
    public static let silent = TransferProgress { _ in }

    /// Tells one step.
    public func report(_ step: Step) { receive(step) }
}
