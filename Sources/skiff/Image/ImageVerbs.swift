import ArgumentParser

/// The verbs about images.
enum ImageVerbs {
    static let all: [any ParsableCommand.Type] = [
        ImagesCommand.self, PullCommand.self, PushCommand.self, TagCommand.self, RemoveImagesCommand.self,
        HistoryCommand.self, SaveCommand.self, LoadCommand.self, ImportCommand.self, LoginCommand.self,
        LogoutCommand.self, ImageCommand.self,
    ]
}

/// `skiff image …`: everything about images in one place.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "Work with images: list, make base images, import, clean up.",
        subcommands: [
            ImageListCommand.self, BootstrapCommand.self, ImportCommand.self, ImageInspectCommand.self,
            ImageRemoveCommand.self, ImagePruneCommand.self, PullCommand.self, PushCommand.self, TagCommand.self,
            HistoryCommand.self, SaveCommand.self, LoadCommand.self,
        ]
    )
}
