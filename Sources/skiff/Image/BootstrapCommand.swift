import ArgumentParser
import Clients
import Document
import OCI

/// `skiff image bootstrap`: a base image from a distribution's packages.
struct BootstrapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bootstrap",
        abstract: "Make a base image from Debian or Ubuntu packages; no registry is needed.",
        discussion: """
            The packages come from where this machine's apt gets its own: the same mirrors, proxies and keys. Nothing of
            them stays in the image, whose apt is set to the public archive. With python3 among the packages, 'python'
            and 'pip' work without a virtual environment. mmdebstrap must be installed.

              skiff image bootstrap bookworm --include python3,python3-pip -t python:3.11-slim-bookworm
            """
    )

    @Option(name: .long, help: ArgumentHelp("Packages beyond the minimum, separated by commas.", valueName: "packages"))
    var include: [String] = []

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("A name for the image; may be given several times.", valueName: "name"))
    var tag: [String] = []

    @Flag(name: [.short, .long], help: "Print the image's id only.")
    var quiet = false

    @Argument(help: ArgumentHelp("The release, such as bookworm.", valueName: "suite"))
    var suite: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let packages = include.flatMap { $0.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init) }
        let tags = try tag.map { try ImageName.parse($0).withDefaultTag.canonical }
        let body: JSONValue = [
            "suite": .string(suite), "packages": .array(packages.map { .string($0) }),
            "tags": .array(tags.map { .string($0) }),
        ]
        let stream = try global.daemon().open(
            DaemonRequest(
                "POST", "/skiff/v1/images/bootstrap",
                body: .bytes(JSONWriter.bytes(body), contentType: "application/json")
            )
        )
        var id = ""
        while let message = try stream.nextJSON() {
            if let error = message["error"]?.stringValue { throw CommandFailure(error) }
            if let text = message["stream"]?.stringValue, !quiet { print(text, terminator: "") }
            if let made = message["aux"]?["ID"]?.stringValue { id = made }
        }
        print(id)
    }
}
