import ArgumentParser
import Clients
import Document
import Effects

/// `skiff history`: how an image came to be.
struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "history", abstract: "Show how an image came to be.")

    @Flag(name: .long, help: "Do not shorten.")
    var noTrunc = false

    @Flag(name: [.short, .long], help: "Print ids only.")
    var quiet = false

    @Option(name: .long, help: ArgumentHelp("json, or a template such as {{.CreatedBy}}.", valueName: "format"))
    var format: String?

    @Argument(help: ArgumentHelp("The image: a name or an id.", valueName: "image"))
    var image: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let steps = try global.daemon().json("GET", "/images/\(image)/history").arrayValue ?? []
        let rows = steps.map { row($0) }
        if quiet {
            for row in rows { print(row["ID"]?.stringValue ?? "") }
            return
        }
        let columns = [
            ("IMAGE", "ID"), ("CREATED", "CreatedSince"), ("CREATED BY", "CreatedBy"), ("SIZE", "Size"),
            ("COMMENT", "Comment"),
        ]
        try RowPrinter(format: format, columns: columns).print(rows)
    }

    private func row(_ step: JSONValue) -> JSONValue {
        let id = step["Id"]?.stringValue ?? ""
        let short = id.hasPrefix("sha256:") && !noTrunc ? String(id.dropFirst(7).prefix(12)) : id
        let command = step["CreatedBy"]?.stringValue ?? ""
        let seconds = step["Created"]?.intValue ?? 0
        let created = Timestamp(seconds: seconds)
        return [
            "ID": .string(short), "CreatedAt": .string(created.rfc3339),
            "CreatedSince": .string(seconds == 0 ? "N/A" : Age.text(since: created) + " ago"),
            "CreatedBy": .string(noTrunc || command.count <= 45 ? command : command.prefix(44) + "…"),
            "Size": .string(HumanSize.decimal(Double(step["Size"]?.intValue ?? 0))), "Comment": step["Comment"] ?? "",
        ]
    }
}
