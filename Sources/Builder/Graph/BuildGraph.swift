/// Third stage of the front end: which stages a build needs and what they stand on. Pure values.
public struct BuildGraph: Sendable, Hashable {
    /// All stages of the file; only `needed` ones are built.
    public let nodes: [Node]
    /// Index of the stage whose result is the image.
    public let target: Int
    /// Indexes of the stages to build; a stage stands after those it depends on.
    public let needed: [Int]
    /// The global variables, which `ARG NAME` in a stage imports.
    public let globals: [String: String]

    /// One stage with its edges.
    public struct Node: Sendable, Hashable {
        /// The stage.
        public let stage: BuildStage
        /// What it begins with.
        public let base: Base
        /// The `--platform` of its FROM, expanded.
        public let platform: String?
        /// Indexes of the stages it copies or mounts from, without its base; sorted.
        public let sources: [Int]

        /// The stages that must be finished before this one is.
        var dependencies: [Int] {
            if case .stage(let index) = base { return [index] + sources.filter { $0 != index } }
            return sources
        }
    }

    /// What a stage begins with.
    public enum Base: Sendable, Hashable {
        /// Nothing.
        case scratch
        /// An earlier stage.
        case stage(Int)
        /// An image, by its expanded reference.
        case image(String)
    }
}

/// Where COPY or a bind mount takes files from.
public enum CopyOrigin: Sendable, Hashable {
    /// The build context.
    case context
    /// A stage of the same file.
    case stage(Int)
    /// An image.
    case image(String)
}

/// Resolves names of stages.
struct StageNames: Sendable, Hashable {
    private let byName: [String: Int]
    private let count: Int

    init(_ stages: [BuildStage]) {
        var byName: [String: Int] = [:]
        for stage in stages { if let name = stage.name { byName[name] = stage.index } }
        self.byName = byName
        count = stages.count
    }

    var names: [String] { byName.keys.sorted() }

    /// The stage before `limit` with that name; a later stage of the same name shadows an earlier one.
    func base(named name: String, before limit: Int, in stages: [BuildStage]) -> Int? {
        stages[..<limit].last { $0.name == name.lowercased() }?.index
    }

    /// What `--from=name` in stage `current` means.
    ///
    /// - Throws: `BuilderError` `.invalidValue` for an index that is no stage or the stage itself.
    func origin(_ name: String, from current: Int) throws(BuilderError) -> CopyOrigin {
        if let index = byName[name.lowercased()] {
            guard index != current else {
                throw BuilderError(.invalidValue, "circular dependency detected on stage: \(name)")
            }
            return .stage(index)
        }
        guard let index = Int(name) else { return .image(name) }
        guard index >= 0, index < count, index != current else {
            throw BuilderError(
                .invalidValue, "invalid from flag value \(name): there is no other stage with this index")
        }
        return .stage(index)
    }
}
