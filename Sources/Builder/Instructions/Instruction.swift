import OCI

/// A Dockerfile after the second stage of the front end: typed instructions, grouped in build stages.
public struct Dockerfile: Sendable, Hashable {
    /// The text it was read from, for messages.
    public let source: DockerfileSource
    /// The directives at the head of the file.
    public let directives: Directives
    /// The ARGs before the first FROM.
    public let globalArguments: [Instruction]
    /// The stages in order; never empty.
    public let stages: [BuildStage]
    /// Findings that do not stop the build.
    public let warnings: [BuildWarning]
}

/// What lies between a FROM and the next one.
public struct BuildStage: Sendable, Hashable {
    /// Position in the file, from 0.
    public let index: Int
    /// The lower-cased name after AS.
    public let name: String?
    /// The base as written, not expanded.
    public let base: String
    /// The `--platform` flag as written, not expanded.
    public let platform: String?
    /// The FROM instruction's text.
    public let text: String
    /// The lines of the FROM instruction.
    public let range: SourceRange
    /// The instructions after FROM.
    public let instructions: [Instruction]
}

/// One typed instruction; its words are not expanded yet.
public struct Instruction: Sendable, Hashable {
    /// What is to be done.
    public let kind: Kind
    /// The instruction as written, continuations joined.
    public let text: String
    /// The lines it takes.
    public let range: SourceRange

    /// The instructions with their arguments.
    public enum Kind: Sendable, Hashable {
        case add(CopyInstruction)
        case arg([ArgumentDeclaration])
        case cmd(CommandForm)
        case copy(CopyInstruction)
        case entrypoint(CommandForm)
        case env([KeyValue])
        case expose([String])
        case healthcheck(HealthcheckInstruction)
        case label([KeyValue])
        case maintainer(String)
        case onbuild(String)
        case run(RunInstruction)
        case shell([String])
        case stopSignal(String)
        case user(String)
        case volume([String])
        case workdir(String)
    }
}

/// A command in one of its two forms.
public enum CommandForm: Sendable, Hashable {
    /// The JSON form: argv as it stands.
    case exec([String])
    /// The shell form: one string for the SHELL in force.
    case shell(String)
}

/// One `NAME[=default]` of an ARG.
public struct ArgumentDeclaration: Sendable, Hashable {
    /// The variable's name.
    public let name: String
    /// The default as written; nil when there is none.
    public let fallback: String?
}

/// RUN with its flags.
public struct RunInstruction: Sendable, Hashable {
    /// The command; heredoc bodies are in `heredocs`.
    public let command: CommandForm
    /// Bodies below the instruction.
    public let heredocs: [Heredoc]
    /// The `--mount` flags, taken apart but not expanded.
    public let mounts: [MountFlag]
    /// The `--network` flag.
    public let network: Network?

    /// The network a RUN step gets.
    public enum Network: String, Sendable, Hashable, CaseIterable {
        /// The build's network.
        case `default`
        /// Only a loopback device of its own.
        case none
        /// The host's network.
        case host
    }
}

/// COPY or ADD with its flags.
public struct CopyInstruction: Sendable, Hashable {
    /// Sources as written; those that name a heredoc are in `heredocs` instead.
    public var sources: [String] = []
    /// Files whose content stands in the Dockerfile.
    public var heredocs: [Heredoc] = []
    /// The destination as written.
    public var destination = ""
    /// `--from`: a stage, its index, or an image.
    public var from: String?
    /// `--chown` as written.
    public var owner: String?
    /// `--chmod` as written.
    public var mode: String?
    /// `--link`: the layer does not look at what lies below it.
    public var isLinked = false
    /// `--parents`: keep the sources' directories.
    public var keepsParents = false
    /// `--exclude` patterns.
    public var excludes: [String] = []
    /// `--checksum` of ADD.
    public var checksum: String?
    /// `--keep-git-dir` of ADD.
    public var keepsGitDirectory = false
    /// `--unpack` of ADD; nil means local archives only.
    public var unpacks: Bool?
}

/// HEALTHCHECK with its flags.
public struct HealthcheckInstruction: Sendable, Hashable {
    /// What is configured; unset intervals are inherited.
    public let check: ImageConfig.Healthcheck
}
