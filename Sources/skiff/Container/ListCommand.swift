import ArgumentParser
import Clients
import Document
import Effects

/// `skiff ps`: the containers.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "List containers.",
        aliases: ["list"]
    )

    @Flag(name: [.short, .long], help: "Show those that have ended too.")
    var all = false

    @Flag(name: [.short, .long], help: "Print ids only.")
    var quiet = false

    @Flag(name: .long, help: "Do not shorten ids and commands.")
    var noTrunc = false

    @Option(name: [.customShort("n"), .long], help: "Show the last so many, ended or not.")
    var last: Int?

    @Flag(name: [.short, .long], help: "Show the last one, ended or not.")
    var latest = false

    @Option(name: [.short, .long], help: ArgumentHelp("Show those that meet a condition.", valueName: "key=value"))
    var filter: [String] = []

    @Option(name: .long, help: ArgumentHelp("json, or a template such as {{.Names}}.", valueName: "format"))
    var format: String?

    @OptionGroup var global: GlobalOptions

    func run() throws {
        var query: [(name: String, value: String)] = []
        if all { query.append(("all", "1")) }
        if let limit = latest ? 1 : last { query.append(("limit", String(limit))) }
        if !filter.isEmpty { query.append(("filters", try FilterText.json(filter))) }
        let items = try global.daemon().json("GET", "/containers/json", query: query).arrayValue ?? []
        if quiet {
            for item in items { print(ContainerRow.id(item, noTrunc)) }
            return
        }
        let rows = items.map { ContainerRow.fields($0, noTrunc: noTrunc) }
        let columns = [
            ("CONTAINER ID", "ID"), ("IMAGE", "Image"), ("COMMAND", "Command"), ("CREATED", "RunningFor"),
            ("STATUS", "Status"), ("PORTS", "Ports"), ("NAMES", "Names"),
        ]
        try RowPrinter(format: format, columns: columns).print(rows)
    }
}

/// One line of `ps` as the fields that templates name.
enum ContainerRow {
    static func id(_ item: JSONValue, _ noTrunc: Bool) -> String {
        let id = item["Id"]?.stringValue ?? ""
        return noTrunc ? id : String(id.prefix(12))
    }

    static func fields(_ item: JSONValue, noTrunc: Bool) -> JSONValue {
        let created = Timestamp(seconds: item["Created"]?.intValue ?? 0)
        let command = item["Command"]?.stringValue ?? ""
        let shown = noTrunc || command.count <= 20 ? command : command.prefix(19) + "…"
        let labels = item["Labels"]?.objectValue ?? JSONObject()
        let mounts = (item["Mounts"]?.arrayValue ?? []).map { mount in
            mount["Name"]?.stringValue ?? mount["Source"]?.stringValue ?? ""
        }
        return [
            "ID": .string(id(item, noTrunc)), "Image": item["Image"] ?? "", "Command": .string("\"\(shown)\""),
            "CreatedAt": .string(created.rfc3339),
            "RunningFor": .string(Age.text(since: created) + " ago"), "Status": item["Status"] ?? "",
            "State": item["State"] ?? "", "Ports": .string(ports(item["Ports"]?.arrayValue ?? [])),
            "Names": .string(names(item)), "Labels": .object(labels), "Mounts": .string(mounts.joined(separator: ",")),
            "Networks": .string((item["NetworkSettings"]?["Networks"]?.objectValue?.keys ?? []).joined(separator: ",")),
        ]
    }

    private static func names(_ item: JSONValue) -> String {
        (item["Names"]?.arrayValue ?? []).compactMap(\.stringValue)
            .map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }
            .joined(separator: ",")
    }

    private static func ports(_ ports: [JSONValue]) -> String {
        ports.map { port in
            let inside = "\(port["PrivatePort"]?.intValue ?? 0)/\(port["Type"]?.stringValue ?? "tcp")"
            guard let outside = port["PublicPort"]?.intValue else { return inside }
            return "\(port["IP"]?.stringValue ?? ""):\(outside)->\(inside)"
        }.joined(separator: ", ")
    }
}

/// How long ago, as people say it.
enum Age {
    static func text(since moment: Timestamp) -> String {
        let seconds = max(0, (Effects.live.now - moment).components.seconds)
        switch seconds {
        case 0: return "Less than a second"
        case 1: return "1 second"
        case ..<60: return "\(seconds) seconds"
        case ..<120: return "About a minute"
        case ..<3600: return "\(seconds / 60) minutes"
        case ..<7200: return "About an hour"
        case ..<172_800: return "\(seconds / 3600) hours"
        case ..<1_209_600: return "\(seconds / 86_400) days"
        case ..<5_184_000: return "\(seconds / 604_800) weeks"
        case ..<63_072_000: return "\(seconds / 2_592_000) months"
        default: return "\(seconds / 31_536_000) years"
        }
    }
}

/// `--filter key=value` as the API's `filters` parameter.
enum FilterText {
    static func json(_ filters: [String]) throws -> String {
        var out = JSONObject()
        for filter in filters {
            let parts = filter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw CommandFailure("invalid --filter \"\(filter)\": expected KEY=VALUE")
            }
            out[parts[0]] = .array((out[parts[0]]?.arrayValue ?? []) + [.string(parts[1])])
        }
        return JSONWriter.string(.object(out))
    }
}

/// Prints rows as an aligned table, as JSON lines, or through a template.
struct RowPrinter {
    private let format: String?
    private let columns: [(title: String, field: String)]

    init(format: String?, columns: [(String, String)]) {
        self.format = format
        self.columns = columns.map { (title: $0.0, field: $0.1) }
    }

    func print(_ rows: [JSONValue]) throws {
        switch format {
        case nil, "table"?:
            let lines = rows.map { row in columns.map { TemplateEvaluator.text(row[$0.field] ?? "") } }
            for line in TextTable.lines([columns.map(\.title)] + lines) { Swift.print(line) }
        case "json"?:
            for row in rows { Swift.print(JSONWriter.string(row)) }
        case let format?:
            let isTable = format.hasPrefix("table ")
            let template = try GoTemplate(isTable ? String(format.dropFirst(6)) : format)
            let lines = try rows.map { try template.render($0) }
            guard isTable else {
                for line in lines { Swift.print(line) }
                return
            }
            let titles = try template.render(titleRow)
            let cells = ([titles] + lines).map {
                $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            }
            for line in TextTable.lines(cells) { Swift.print(line) }
        }
    }

    /// A row whose fields are their own titles.
    private var titleRow: JSONValue {
        var out = JSONObject()
        for field in [
            "ID", "Image", "Command", "CreatedAt", "RunningFor", "Status", "State", "Ports", "Names", "Labels",
            "Mounts", "Networks",
        ] {
            out[field] = .string(field.uppercased())
        }
        for column in columns { out[column.field] = .string(column.title) }
        return .object(out)
    }
}
