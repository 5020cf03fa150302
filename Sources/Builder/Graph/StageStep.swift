/// One step of a stage with everything expanded: what the executor carries out.
public struct StageStep: Sendable, Hashable {
    /// What is to be done to the file system; nil for steps that only change the configuration.
    public let action: Action?
    /// The instruction, expanded where its kind is, for progress and history.
    public let title: String
    /// The `created_by` of the image's history.
    public let createdBy: String
    /// The lines of the instruction.
    public let range: SourceRange

    /// The three things that make a layer.
    public enum Action: Sendable, Hashable {
        case run(RunStep)
        case copy(CopyStep)
        /// Makes the directory if it is missing; it belongs to `user` (the USER in force, empty means root).
        case directory(path: String, user: String)
    }

    /// Whether history marks this step as one without a layer.
    var isEmptyLayer: Bool { action == nil }
}

/// A RUN with everything expanded.
public struct RunStep: Sendable, Hashable {
    /// The command line.
    public let arguments: [String]
    /// `NAME=value` of the image and the declared ARGs; part of the cache key.
    public let environment: [String]
    /// Proxies of the request; neither in the key nor in history.
    public let proxyEnvironment: [String]
    /// Absolute path.
    public let workingDirectory: String
    /// `user[:group]` as the image config holds it; empty means root.
    public let user: String
    /// The network the step gets.
    public let network: RunInstruction.Network
    /// The mounts, in order.
    public let mounts: [ResolvedMount]
    /// A script that appears read-only at `path` for the time of the step.
    public let script: Script?

    /// A mount with its origin resolved.
    public struct ResolvedMount: Sendable, Hashable {
        /// The mount.
        public let mount: RunMount
        /// Where a bind mount takes its files from.
        public let origin: CopyOrigin
    }

    /// A heredoc that begins with `#!`.
    public struct Script: Sendable, Hashable {
        /// Absolute path in the container.
        public let path: String
        /// The text.
        public let body: String
    }
}

/// A COPY or ADD with everything expanded.
public struct CopyStep: Sendable, Hashable {
    /// Where the sources lie.
    public let origin: CopyOrigin
    /// Patterns relative to the origin's root, cleaned.
    public let sources: [String]
    /// Files whose content stands in the Dockerfile.
    public let inlineFiles: [InlineFile]
    /// Absolute path.
    public let destination: String
    /// Whether the destination names a directory even if it does not exist yet.
    public let destinationIsDirectory: Bool
    /// `--chown`, expanded.
    public let owner: String?
    /// `--chmod`, parsed.
    public let mode: ModeChange?
    /// `--link`.
    public let isLinked: Bool
    /// `--parents`.
    public let keepsParents: Bool
    /// `--exclude`.
    public let excludes: [String]
    /// Whether archives among the sources are extracted.
    public let unpacks: Bool

    /// A file made from a heredoc.
    public struct InlineFile: Sendable, Hashable {
        /// The file's name.
        public let name: String
        /// Its content.
        public let body: String
    }
}
