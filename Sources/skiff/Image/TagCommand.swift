import ArgumentParser
import Clients
import Document
import OCI
import SystemLinux

/// `skiff tag`: gives an image another name.
struct TagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "tag", abstract: "Give an image another name.")

    @Argument(help: ArgumentHelp("The image: a name or an id.", valueName: "image"))
    var source: String

    @Argument(help: ArgumentHelp("Its new name.", valueName: "name"))
    var target: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let reference = try ImageName.parse(target).withDefaultTag
        guard let tag = reference.tag else { throw ValidationError("\(target) names a digest; give a tag") }
        _ = try global.daemon().json(
            "POST", "/images/\(source)/tag",
            query: [(name: "repo", value: reference.name), (name: "tag", value: tag)]
        )
    }
}

/// What both forms of removing take.
struct ImageRemoveOptions: ParsableArguments {
    @Flag(name: [.short, .long], help: "Remove also when a container uses it, or it has several names.")
    var force = false

    @Argument(help: ArgumentHelp("Names or ids.", valueName: "image"))
    var names: [String]

    @OptionGroup var global: GlobalOptions

    func remove() throws {
        let client = try global.daemon()
        var failed = false
        for name in names {
            do {
                let steps = try client.json(
                    "DELETE", "/images/\(name)", query: force ? [(name: "force", value: "1")] : [])
                for step in steps.arrayValue ?? [] {
                    if let reference = step["Untagged"]?.stringValue { print("Untagged: \(reference)") }
                    if let id = step["Deleted"]?.stringValue { print("Deleted: \(id)") }
                }
            } catch {
                guard error.code.status != nil else { throw error }
                StandardStreamPrinter.note("Error: \(error.message)")
                failed = true
            }
        }
        if failed { throw ExitCode.failure }
    }
}

/// `skiff rmi`: removes names, and images with their last name.
struct RemoveImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rmi", abstract: "Remove images.")

    @OptionGroup var options: ImageRemoveOptions

    func run() throws { try options.remove() }
}

/// `skiff image rm`: the same within the group.
struct ImageRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove images.", aliases: ["remove"]
    )

    @OptionGroup var options: ImageRemoveOptions

    func run() throws { try options.remove() }
}

/// `skiff image prune`: removes what nobody needs.
struct ImagePruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove images without a name, and content nothing refers to."
    )

    @Flag(name: [.short, .long], help: "Also remove named images that no container uses.")
    var all = false

    @Flag(name: [.short, .long], help: "Do not ask.")
    var force = false

    @Option(
        name: .long,
        help: ArgumentHelp("Remove only what meets a condition: until=24h, label=x.", valueName: "key=value"))
    var filter: [String] = []

    @OptionGroup var global: GlobalOptions

    func run() throws {
        guard try !all || force || isConfirmed() else { return }
        let filters = filter + (all ? ["dangling=false"] : [])
        let query = filters.isEmpty ? [] : [(name: "filters", value: try FilterText.json(filters))]
        let report = try global.daemon().json("POST", "/images/prune", query: query)
        for step in report["ImagesDeleted"]?.arrayValue ?? [] {
            if let reference = step["Untagged"]?.stringValue { print("untagged: \(reference)") }
            if let id = step["Deleted"]?.stringValue { print("deleted: \(id)") }
        }
        print("Total reclaimed space: \(HumanSize.decimal(Double(report["SpaceReclaimed"]?.intValue ?? 0)))")
    }

    private func isConfirmed() throws -> Bool {
        guard Terminal.isTerminal(0) else {
            throw ValidationError("--all removes named images; add --force when there is no terminal to ask on")
        }
        print("Remove all images that no container uses? [y/N] ", terminator: "")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
}

/// `skiff image inspect`: everything about images.
struct ImageInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "inspect", abstract: "Show everything about images.")

    @Option(name: [.short, .long], help: ArgumentHelp("A template such as {{.Config.Cmd}}.", valueName: "format"))
    var format: String?

    @Argument(help: ArgumentHelp("Names or ids.", valueName: "image"))
    var names: [String]

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        let found = try names.map { try client.json("GET", "/images/\($0)/json") }
        guard let format, format != "json" else { return print(JSONWriter.string(.array(found), style: .pretty)) }
        let template = try GoTemplate(format)
        for value in found { print(try template.render(value)) }
    }
}
