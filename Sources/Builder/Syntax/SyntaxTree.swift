/// A Dockerfile after the first stage of the front end: instructions with their words still unexpanded.
public struct SyntaxTree: Sendable, Hashable {
    /// The text it was read from, for messages.
    public let source: DockerfileSource
    /// The directives at the head of the file.
    public let directives: Directives
    /// The instructions in order; never empty.
    public let instructions: [InstructionSyntax]
    /// Findings that do not stop the build.
    public let warnings: [BuildWarning]
}

/// One instruction as written.
public struct InstructionSyntax: Sendable, Hashable {
    /// The instruction.
    public let keyword: Keyword
    /// The word as the author wrote it.
    public let spelling: String
    /// The `--name[=value]` words after the instruction.
    public let flags: [FlagSyntax]
    /// The arguments in the shape that belongs to the instruction.
    public let arguments: ArgumentSyntax
    /// Bodies of heredocs, in order.
    public let heredocs: [Heredoc]
    /// The whole instruction, continuations joined, flags included: what history shows.
    public let text: String
    /// The physical lines it takes, heredocs included.
    public let range: SourceRange
    /// The comment lines right above it, without `#`.
    public let comments: [String]
}

/// The arguments of an instruction in the shape that its grammar gives them.
public indirect enum ArgumentSyntax: Sendable, Hashable {
    /// The JSON form.
    case json([String])
    /// Words separated by blanks.
    case words([String])
    /// The rest of the line, not split.
    case text(String)
    /// `KEY=value` pairs; `legacy` when written as `KEY rest of the line`.
    case pairs([KeyValue], legacy: Bool)
    /// An instruction inside ONBUILD.
    case nested(InstructionSyntax)
}

/// A key with its value, neither expanded.
public struct KeyValue: Sendable, Hashable {
    /// The key.
    public let key: String
    /// The value.
    public let value: String
}

/// `--name` or `--name=value`.
public struct FlagSyntax: Sendable, Hashable {
    /// The name without dashes.
    public let name: String
    /// The text after `=`; nil when there is none.
    public let value: String?
}

/// A body written below its instruction.
public struct Heredoc: Sendable, Hashable {
    /// The word after `<<`, without quotes; it also names the file that COPY makes.
    public let name: String
    /// The file descriptor digits before `<<`, or 0.
    public let descriptor: Int
    /// Whether variables in the body are expanded: the word had no quotes.
    public let expands: Bool
    /// Whether leading tabs of the body are dropped (`<<-`).
    public let dropsTabs: Bool
    /// The body, line ends kept.
    public let body: String
}

/// A finding that does not stop the build, named as in BuildKit's list of checks.
public struct BuildWarning: Sendable, Hashable {
    /// The rule's name, for example `NoEmptyContinuation`.
    public let rule: String
    /// What was found.
    public let message: String
    /// Where.
    public let location: SourceLocation
}

/// The instructions of the Dockerfile language.
public enum Keyword: String, Sendable, Hashable, CaseIterable {
    case add = "ADD"
    case arg = "ARG"
    case cmd = "CMD"
    case copy = "COPY"
    case entrypoint = "ENTRYPOINT"
    case env = "ENV"
    case expose = "EXPOSE"
    case from = "FROM"
    case healthcheck = "HEALTHCHECK"
    case label = "LABEL"
    case maintainer = "MAINTAINER"
    case onbuild = "ONBUILD"
    case run = "RUN"
    case shell = "SHELL"
    case stopsignal = "STOPSIGNAL"
    case user = "USER"
    case volume = "VOLUME"
    case workdir = "WORKDIR"

    /// Whether `<<NAME` words start a body below the instruction.
    var takesHeredocs: Bool { self == .add || self == .copy || self == .run }
}
