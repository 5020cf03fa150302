import ArgumentParser

/// The verbs that look after the platform itself.
enum PlatformVerbs {
    static let all: [any ParsableCommand.Type] = [
        UpCommand.self, DownCommand.self, StatusCommand.self, EventsCommand.self, WhyCommand.self, ResetCommand.self,
        DaemonCommand.self,
    ]
}
