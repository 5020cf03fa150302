import ArgumentParser
import Clients
import Document

/// `skiff volume …`: named volumes.
struct VolumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume",
        abstract: "Look after named volumes: create, ls, inspect, rm, prune.",
        subcommands: [
            VolumeCreateCommand.self, VolumeListCommand.self, VolumeInspectCommand.self, VolumeRemoveCommand.self,
            VolumePruneCommand.self,
        ]
    )
}

/// `skiff volume create`.
struct VolumeCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a volume.")

    @Option(name: .long, help: ArgumentHelp("Set a label.", valueName: "key=value"))
    var label: [String] = []

    @Argument(help: "Its name; one is made up without it.")
    var name: String?

    @OptionGroup var global: GlobalOptions

    func run() throws {
        var body: JSONObject = ["Labels": ListText.map(label)]
        if let name { body["Name"] = .string(name) }
        let made = try global.daemon().json("POST", "/volumes/create", body: .object(body))
        print(made["Name"]?.stringValue ?? "")
    }
}

/// `skiff volume ls`.
struct VolumeListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List volumes.", aliases: ["list"])

    @Flag(name: [.short, .long], help: "Print names only.")
    var quiet = false

    @Option(name: [.short, .long], help: ArgumentHelp("Show those that meet a condition.", valueName: "key=value"))
    var filter: [String] = []

    @Option(name: .long, help: ArgumentHelp("json, or a template such as {{.Name}}.", valueName: "format"))
    var format: String?

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let query = filter.isEmpty ? [] : [(name: "filters", value: try FilterText.json(filter))]
        let volumes = try global.daemon().json("GET", "/volumes", query: query)["Volumes"]?.arrayValue ?? []
        if quiet {
            for volume in volumes { print(volume["Name"]?.stringValue ?? "") }
            return
        }
        try RowPrinter(format: format, columns: [("DRIVER", "Driver"), ("VOLUME NAME", "Name")]).print(volumes)
    }
}

/// `skiff volume inspect`.
struct VolumeInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "inspect", abstract: "Show everything about volumes.")

    @Option(name: [.short, .long], help: ArgumentHelp("A template such as {{.Mountpoint}}.", valueName: "format"))
    var format: String?

    @Argument(help: ArgumentHelp("Names.", valueName: "volume"))
    var volumes: [String]

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        let found = try volumes.map { try client.json("GET", "/volumes/\($0)") }
        guard let format, format != "json" else {
            print(JSONWriter.string(.array(found), style: .pretty))
            return
        }
        let template = try GoTemplate(format)
        for volume in found { print(try template.render(volume)) }
    }
}

/// `skiff volume rm`.
struct VolumeRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove volumes and what is in them.", aliases: ["remove"])

    @Flag(name: [.short, .long], help: "Missing ones are no error.")
    var force = false

    @Argument(help: ArgumentHelp("Names.", valueName: "volume"))
    var volumes: [String]

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        let query = force ? [(name: "force", value: "1")] : []
        try EachName.run(volumes) { _ = try client.send(DaemonRequest("DELETE", "/volumes/\($0)", query: query)) }
    }
}

/// `skiff volume prune`.
struct VolumePruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "prune", abstract: "Remove unused anonymous volumes.")

    @Flag(name: [.short, .long], help: "Remove unused named volumes too.")
    var all = false

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let query = all ? [(name: "filters", value: try FilterText.json(["all=1"]))] : []
        let reply = try global.daemon().json("POST", "/volumes/prune", query: query)
        for name in reply["VolumesDeleted"]?.arrayValue ?? [] { print(name.stringValue ?? "") }
        print("Total reclaimed space: \(HumanSize.decimal(reply["SpaceReclaimed"]?.doubleValue ?? 0))")
    }
}
