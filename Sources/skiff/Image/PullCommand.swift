import ArgumentParser
import Clients
import OCI

/// `skiff pull`: fetches an image from its registry.
struct PullCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch an image from its registry.",
        discussion: """
            A name without a registry means Docker Hub. Logins are those of 'skiff login' and 'docker login'.

              skiff pull python:3.12-slim
              skiff pull quay.io/org/app@sha256:…
            """
    )

    @Flag(name: [.short, .long], help: "Print nothing but the name.")
    var quiet = false

    @Option(
        name: .long, help: ArgumentHelp("The platform to fetch, when it is not this machine's.", valueName: "os/arch"))
    var platform: String?

    @Argument(help: ArgumentHelp("The image.", valueName: "name"))
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let reference = try ImageName.parse(name).withDefaultTag
        var query = [(name: "fromImage", value: reference.name)]
        query.append((name: "tag", value: reference.digest?.description ?? reference.tag ?? Reference.defaultTag))
        if let platform { query.append((name: "platform", value: platform)) }
        let stream = try global.daemon().open(
            DaemonRequest(
                "POST", "/images/create", query: query, headers: try RegistryLogins().header(for: reference.registry)
            )
        )
        var display = TransferDisplay(isQuiet: quiet)
        try display.follow(stream)
        print(reference.canonical)
    }
}

/// `skiff push`: uploads an image to its registry.
struct PushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Upload an image to its registry.",
        discussion: """
            The name says where it goes; give the image that name first:

              skiff tag app registry.example.com/team/app:1
              skiff push registry.example.com/team/app:1
            """
    )

    @Flag(name: [.short, .long], help: "Print nothing but the name.")
    var quiet = false

    @Argument(help: ArgumentHelp("The image.", valueName: "name"))
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let reference = try ImageName.parse(name).withDefaultTag
        let stream = try global.daemon().open(
            DaemonRequest(
                "POST", "/images/\(reference.name)/push",
                query: [(name: "tag", value: reference.tag ?? Reference.defaultTag)],
                headers: try RegistryLogins().header(for: reference.registry)
            )
        )
        var display = TransferDisplay(isQuiet: quiet)
        try display.follow(stream)
        if quiet { print(reference.canonical) }
    }
}

/// Image names from the command line.
enum ImageName {
    /// Reads a name; a malformed one is refused before the daemon is asked.
    static func parse(_ text: String) throws -> Reference {
        do { return try Reference(text) } catch { throw ValidationError(error.message) }
    }
}
