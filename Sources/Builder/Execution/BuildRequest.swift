import EventBus
import OCI

/// Everything that one build is asked to do.
public struct BuildRequest: Sendable {
    /// Absolute path of the context's directory; nil when there is no context (a Dockerfile on standard input).
    public var contextDirectory: String?
    /// The Dockerfile's name and bytes when the caller read it; nil means `dockerfilePath` inside the context.
    public var dockerfile: NamedContent?
    /// Path of the Dockerfile inside the context.
    public var dockerfilePath = "Dockerfile"
    /// The ignore file beside a Dockerfile that the caller read; nil means that the context's own is used.
    public var ignoreFile: NamedContent?
    /// Tags for the result.
    public var tags: [Reference] = []
    /// The stage to build; nil means the last one.
    public var target: String?
    /// `--build-arg`; a nil value means declared without a value.
    public var arguments: [String: String?] = [:]
    /// Labels for the result, above those of the Dockerfile.
    public var labels: [String: String] = [:]
    /// Looks nothing up in the cache; results still enter it.
    public var ignoresCache = false
    /// Asks the registries for the base images again.
    public var pullsBases = false
    /// The network of RUN steps that name none.
    public var network = StepNetwork.sandbox
    /// `name:address` lines for `/etc/hosts` of RUN steps.
    public var extraHosts: [String] = []
    /// The platform of the result; nil means this machine's.
    public var platform: OCIPlatform?
    /// Secrets by id. Never logged, stored, hashed or put in a layer.
    public var secrets: [String: [UInt8]] = [:]
    /// What asked for the build.
    public var cause: Cause?

    /// A request for the directory `contextDirectory` with the defaults.
    public init(contextDirectory: String? = nil) {
        self.contextDirectory = contextDirectory
    }

    /// A small file that came with the request.
    public struct NamedContent: Sendable, Hashable {
        /// The name that messages show.
        public let name: String
        /// The content.
        public let bytes: [UInt8]

        /// Wraps a file's content.
        public init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }
}

/// What a build made.
public struct BuildResult: Sendable, Hashable {
    /// The image's id: the digest of its configuration.
    public let imageID: Digest
    /// The digest of its manifest.
    public let manifest: Digest
    /// The tags that now point at it.
    public let tags: [Reference]
    /// Steps that made or found a layer.
    public let stepCount: Int
    /// How many of them came from the cache.
    public let cachedCount: Int
}

/// What happens during a build, in the order in which people want to read it.
public enum BuildProgress: Sendable, Hashable {
    /// A step begins.
    case started(BuildStepInfo)
    /// The step must be executed although this place of the Dockerfile was built before: what changed since.
    case missed(step: Int, changed: [String])
    /// The step's result was there already.
    case cached(step: Int)
    /// The step wrote something.
    case output(step: Int, StepOutput)
    /// The step is done, after so many milliseconds.
    case finished(step: Int, milliseconds: Int)
    /// The step failed.
    case failed(step: Int, message: String, milliseconds: Int)
    /// A finding that does not stop the build.
    case warning(BuildWarning)
    /// A remark about the whole build.
    case note(String)
}

/// One step as progress shows it.
public struct BuildStepInfo: Sendable, Hashable {
    /// What kind of step it is; renderers show some and count others.
    public enum Kind: String, Sendable, Hashable {
        /// Work around the Dockerfile: reading it, the base images, the export.
        case `internal`
        /// The beginning of a stage.
        case from
        /// An instruction that makes a layer.
        case layer
        /// An instruction that only changes the configuration.
        case metadata
    }

    /// Unique within the build, from 1, in the order of beginning.
    public let number: Int
    /// What kind of step it is.
    public let kind: Kind
    /// `[2/4] RUN make`, or `[build 2/4] RUN make` in a file of several stages.
    public let title: String
    /// The instruction alone.
    public let instruction: String
    /// Position among all instructions that are carried out, from 1; 0 for internal steps.
    public let position: Int
    /// The number of those instructions.
    public let count: Int
}
