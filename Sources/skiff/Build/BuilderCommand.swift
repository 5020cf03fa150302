import ArgumentParser
import Clients
import Document

/// `skiff builder`: the build cache.
struct BuilderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "builder", abstract: "Look at the build cache and clean it.",
        subcommands: [BuilderUsageCommand.self, BuilderPruneCommand.self])
}

/// `skiff builder du`: what the build cache holds.
struct BuilderUsageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "du", abstract: "Show what the build cache holds.")

    /// What scripts can ask for.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @OptionGroup var options: GlobalOptions

    @Option(name: [.short, .long], help: "text or json.")
    var output: Format = .text

    func run() throws {
        let content = try options.daemon().json("GET", "/skiff/v1/build/cache")
        guard output == .text else { return print(JSONWriter.string(content, style: .pretty)) }
        var total: Int64 = 0
        var seen: Set<String> = []
        print("SIZE      STEP")
        for record in content["records"]?.arrayValue ?? [] {
            let size = record["sizeBytes"]?.intValue ?? 0
            if let layer = record["layer"]?.stringValue, seen.insert(layer).inserted { total += size }
            print("\(Self.padded(HumanSize.decimal(Double(size)))) \(record["description"]?.stringValue ?? "")")
        }
        for mount in content["cacheMounts"]?.arrayValue ?? [] {
            let size = mount["sizeBytes"]?.intValue ?? 0
            total += size
            print(
                "\(Self.padded(HumanSize.decimal(Double(size)))) cache mount \((mount["name"]?.stringValue ?? "").prefix(12))"
            )
        }
        print("Total: \(HumanSize.decimal(Double(total)))")
    }

    private static func padded(_ text: String) -> String {
        text + String(repeating: " ", count: max(0, 9 - text.count))
    }
}

/// `skiff builder prune`: forgets cached results.
struct BuilderPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove cached build results that no image needs.")

    @Flag(name: [.short, .long], help: "Also those that images still need, and the cache mounts.")
    var all = false

    @Option(
        name: .long, help: ArgumentHelp("Only what was not used for this long, for example 24h.", valueName: "duration")
    )
    var unusedFor: String?

    @OptionGroup var options: GlobalOptions

    func run() throws {
        var query: [(name: String, value: String)] = []
        if all { query.append(("all", "1")) }
        if let unusedFor {
            query.append(("filters", JSONWriter.string(["unused-for": [.string(unusedFor)]])))
        }
        let report = try options.daemon().json("POST", "/build/prune", query: query)
        let count = report["CachesDeleted"]?.arrayValue?.count ?? 0
        let bytes = report["SpaceReclaimed"]?.intValue ?? 0
        print("Removed \(count) cached results, \(HumanSize.decimal(Double(bytes))) are no longer needed by the cache.")
    }
}
