import ArgumentParser
import Clients
import Document
import SystemLinux

/// `skiff build`: an image from a Dockerfile.
struct BuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Build an image from a Dockerfile.",
        discussion: """
            The image is in the cluster's store at once: run it, apply it, nothing has to be loaded or pushed.

              skiff build -t app .                         build the directory's Dockerfile
              skiff build -t app:2 -f docker/Dockerfile .  another Dockerfile
              skiff build --build-arg VERSION=3 --target test .
              echo 'FROM scratch' | skiff build -          no context at all

            Steps that did not change come from the cache and are marked CACHED. `.dockerignore` keeps files out.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The directory with the files to copy; - reads a Dockerfile from standard input.", valueName: "directory"))
    var context: String

    @Option(
        name: [.customShort("t"), .long],
        help: ArgumentHelp("A name for the image; can be repeated.", valueName: "name[:tag]"))
    var tag: [String] = []

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The Dockerfile (default: Dockerfile in the directory); - is standard input.", valueName: "path"))
    var file: String?

    @Option(
        name: .customLong("build-arg"),
        help: ArgumentHelp("A value for an ARG; without one the environment's.", valueName: "name[=value]"))
    var buildArgument: [String] = []

    @Option(name: .long, help: ArgumentHelp("The stage to build (default: the last one).", valueName: "stage"))
    var target: String?

    @Option(name: .long, help: ArgumentHelp("A label for the image; can be repeated.", valueName: "key=value"))
    var label: [String] = []

    @Flag(name: .customLong("no-cache"), help: "Carry out every step.")
    var noCache = false

    @Flag(name: .long, help: "Ask the registries for newer base images.")
    var pull = false

    @Option(name: .long, help: ArgumentHelp("auto, plain or tty.", valueName: "style"))
    var progress: BuildProgressStyle = .auto

    @Flag(name: [.short, .long], help: "Print only the image's id.")
    var quiet = false

    @Option(name: .long, help: ArgumentHelp("Write the image's id to this file.", valueName: "path"))
    var iidfile: String?

    @Option(
        name: .long, help: ArgumentHelp("The platform to build for (default: this machine's).", valueName: "os/arch"))
    var platform: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The network of RUN steps: default, none, host or a network's name.", valueName: "network"))
    var network: String?

    @Option(
        name: .customLong("add-host"),
        help: ArgumentHelp("A line for the hosts file of RUN steps.", valueName: "name:address"))
    var addHost: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A secret for RUN --mount=type=secret: id=NAME,src=FILE or id=NAME,env=VARIABLE.", valueName: "secret"))
    var secret: [String] = []

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let body = try BuildRequestBody(self).json()
        let client = try options.daemon()
        var request = DaemonRequest("POST", "/skiff/v1/build")
        request.body = .bytes(JSONWriter.bytes(body), contentType: "application/json")
        let stream = try client.open(request)
        let outcome = try BuildDisplay.make(progress, isQuiet: quiet).follow(stream)
        switch outcome {
        case .built(let id):
            if let iidfile { try File.write(iidfile, Array(id.utf8)) }
            if quiet { print(id) }
        case .failed(let message, let exitCode):
            StandardStream.error.write(message + "\n")
            throw ExitCode(Int32(exitCode == 0 ? 1 : exitCode))
        }
    }
}

/// How `skiff build` shows what happens.
enum BuildProgressStyle: String, ExpressibleByArgument, CaseIterable {
    case auto, plain, tty
}
