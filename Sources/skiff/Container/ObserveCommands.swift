import ArgumentParser
import Clients
import Document

/// `skiff port`: the published ports of a container.
struct PortCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "port", abstract: "Show where a container's ports are published.")

    @Argument(help: "Name or id.")
    var container: String

    @Argument(help: ArgumentHelp("Only this port.", valueName: "port[/udp]"))
    var port: String?

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let ports =
            try global.daemon().inspectContainer(container)["NetworkSettings"]?["Ports"]?.objectValue ?? JSONObject()
        let wanted = port.map { $0.contains("/") ? $0 : "\($0)/tcp" }
        var found = false
        for (inside, bindings) in ports where wanted == nil || wanted == inside {
            for binding in bindings.arrayValue ?? [] {
                found = true
                let outside = "\(binding["HostIp"]?.stringValue ?? ""):\(binding["HostPort"]?.stringValue ?? "")"
                print(wanted == nil ? "\(inside) -> \(outside)" : outside)
            }
        }
        if let wanted, !found { throw CommandFailure("no public port \(wanted) published for \(container)") }
    }
}

/// `skiff top`: the processes of a container.
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "top", abstract: "Show the processes of a container.")

    @Argument(help: "Name or id.")
    var container: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let reply = try global.daemon().json("GET", "/containers/\(container)/top")
        let titles = (reply["Titles"]?.arrayValue ?? []).compactMap(\.stringValue)
        let rows = (reply["Processes"]?.arrayValue ?? []).map { ($0.arrayValue ?? []).compactMap(\.stringValue) }
        for line in TextTable.lines([titles] + rows) { print(line) }
    }
}

/// `skiff stats`: what containers use.
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show what containers use, once a second.",
        discussion: "With --no-stream once only. Several containers are shown one after the other."
    )

    @Flag(name: .long, help: "Show one sample and end.")
    var noStream = false

    @Option(name: .long, help: ArgumentHelp("json, or a template such as {{.CPUPerc}}.", valueName: "format"))
    var format: String?

    @Argument(help: ArgumentHelp("Names or ids; none means all that run.", valueName: "container"))
    var containers: [String] = []

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        var names = containers
        if names.isEmpty {
            names = (try client.json("GET", "/containers/json").arrayValue ?? []).compactMap { $0["Id"]?.stringValue }
        }
        let columns = [
            ("CONTAINER ID", "ID"), ("NAME", "Name"), ("CPU %", "CPUPerc"), ("MEM USAGE / LIMIT", "MemUsage"),
            ("MEM %", "MemPerc"), ("NET I/O", "NetIO"), ("BLOCK I/O", "BlockIO"), ("PIDS", "PIDs"),
        ]
        repeat {
            // One sample takes a second, in which the CPU use is measured.
            let rows = try names.map { name in
                StatisticsRow.fields(
                    try client.json("GET", "/containers/\(name)/stats", query: [("stream", "0")])
                )
            }
            try RowPrinter(format: format, columns: columns).print(rows)
        } while !noStream && !names.isEmpty
    }
}

/// One sample as the fields that templates name.
enum StatisticsRow {
    static func fields(_ sample: JSONValue) -> JSONValue {
        func number(_ path: String...) -> Double { sample.at(path)?.doubleValue ?? 0 }
        let cpu = number("cpu_stats", "cpu_usage", "total_usage") - number("precpu_stats", "cpu_usage", "total_usage")
        let host = number("cpu_stats", "system_cpu_usage") - number("precpu_stats", "system_cpu_usage")
        let share = host > 0 && cpu > 0 ? cpu / host * number("cpu_stats", "online_cpus") * 100 : 0
        let stats = sample["memory_stats"]?["stats"]
        let cache = (stats?["total_inactive_file"] ?? stats?["inactive_file"])?.doubleValue ?? 0
        let used = max(0, number("memory_stats", "usage") - cache)
        let limit = number("memory_stats", "limit")
        var received = 0.0
        var sent = 0.0
        for (_, interface) in sample["networks"]?.objectValue ?? JSONObject() {
            received += interface["rx_bytes"]?.doubleValue ?? 0
            sent += interface["tx_bytes"]?.doubleValue ?? 0
        }
        let blocks = sample["blkio_stats"]?["io_service_bytes_recursive"]?.arrayValue ?? []
        func blocked(_ operation: String) -> Double {
            blocks.filter { $0["op"]?.stringValue == operation }.reduce(0) { $0 + ($1["value"]?.doubleValue ?? 0) }
        }
        let name = sample["name"]?.stringValue ?? ""
        return [
            "ID": .string(String((sample["id"]?.stringValue ?? "").prefix(12))),
            "Container": sample["id"] ?? "", "Name": .string(name.hasPrefix("/") ? String(name.dropFirst()) : name),
            "CPUPerc": .string(percent(share)),
            "MemUsage": .string("\(HumanSize.binary(used)) / \(HumanSize.binary(limit))"),
            "MemPerc": .string(percent(limit > 0 ? used / limit * 100 : 0)),
            "NetIO": .string("\(HumanSize.decimal(received)) / \(HumanSize.decimal(sent))"),
            "BlockIO": .string("\(HumanSize.decimal(blocked("read"))) / \(HumanSize.decimal(blocked("write")))"),
            "PIDs": .string(String(sample["pids_stats"]?["current"]?.intValue ?? 0)),
        ]
    }

    private static func percent(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)%"
    }
}
