import ArgumentParser
import Clients
import Document

/// `skiff inspect`: everything about containers, images and volumes.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show everything about containers, images or volumes.",
        discussion: """
              skiff inspect web
              skiff inspect --format '{{.State.Status}}' web
              skiff inspect --spec web      the OCI runtime specification it was started with
            """
    )

    @Option(name: [.short, .long], help: ArgumentHelp("A template such as {{.State.Pid}}.", valueName: "format"))
    var format: String?

    @Option(name: .long, help: "container, image or volume.")
    var type: Kind?

    @Flag(name: .long, help: "Show the OCI runtime specification of a container's last start.")
    var spec = false

    @Argument(help: ArgumentHelp("Names or ids.", valueName: "name"))
    var names: [String]

    @OptionGroup var global: GlobalOptions

    /// What can be inspected.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case container, image, volume
    }

    func run() throws {
        let client = try global.daemon()
        var found: [JSONValue] = []
        var failed = false
        for name in names {
            do {
                found.append(try inspect(name, client))
            } catch let error as DaemonError where error.code == .refused(404) {
                StandardStreamPrinter.note("Error: \(error.message)")
                failed = true
            }
        }
        if let format, format != "json" {
            let template = try GoTemplate(format)
            for value in found { print(try template.render(value)) }
        } else {
            print(JSONWriter.string(.array(found), style: .pretty))
        }
        if failed { throw ExitStatus.failure }
    }

    private func inspect(_ name: String, _ client: DaemonClient) throws -> JSONValue {
        if spec { return try client.json("GET", "/skiff/v1/containers/\(name)/spec") }
        let paths: [(kind: Kind, path: String)] = [
            (.container, "/containers/\(name)/json"), (.image, "/images/\(name)/json"), (.volume, "/volumes/\(name)"),
        ]
        for (kind, path) in paths where type == nil || type == kind {
            do throws(DaemonError) {
                return try client.json("GET", path)
            } catch {
                guard error.code == .refused(404), type == nil else { throw error }
            }
        }
        throw DaemonError(.refused(404), "No such object: \(name)")
    }
}
