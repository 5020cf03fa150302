import ArgumentParser

/// The verbs that make images.
enum BuildVerbs {
    static let all: [any ParsableCommand.Type] = [BuildCommand.self, BuilderCommand.self]
}
