import ArgumentParser

/// The verbs that look after containers.
enum ContainerVerbs {
    static let all: [any ParsableCommand.Type] = [
        RunCommand.self, CreateCommand.self, StartCommand.self, StopCommand.self, RestartCommand.self,
        KillCommand.self, PauseCommand.self, UnpauseCommand.self, RemoveCommand.self, ListCommand.self,
        InspectCommand.self, LogsCommand.self, ExecCommand.self, AttachCommand.self, PortCommand.self,
        RenameCommand.self, StatsCommand.self, TopCommand.self, ContainerCommand.self, VolumeCommand.self,
    ]
}

/// `skiff container …`: what has no verb of its own at the top.
struct ContainerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "container",
        abstract: "More about containers: wait, prune.",
        subcommands: [ContainerWaitCommand.self, ContainerPruneCommand.self]
    )
}
