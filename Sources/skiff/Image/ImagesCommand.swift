import ArgumentParser
import Clients
import Document
import Effects

/// What both forms of the list take.
struct ImageListOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Show only this name, with or without tag; * matches within a part.", valueName: "name"))
    var name: String?

    @Flag(name: [.short, .long], help: "Accepted as docker has it; all images are shown anyway.")
    var all = false

    @Flag(name: [.short, .long], help: "Print ids only.")
    var quiet = false

    @Flag(name: .long, help: "Show digests.")
    var digests = false

    @Flag(name: .long, help: "Do not shorten ids.")
    var noTrunc = false

    @Option(name: [.short, .long], help: ArgumentHelp("Show those that meet a condition.", valueName: "key=value"))
    var filter: [String] = []

    @Option(name: .long, help: ArgumentHelp("json, or a template such as {{.Repository}}.", valueName: "format"))
    var format: String?

    @OptionGroup var global: GlobalOptions

    func list() throws {
        var filters = filter
        if let name { filters.append("reference=\(name)") }
        let query = filters.isEmpty ? [] : [(name: "filters", value: try FilterText.json(filters))]
        let images = try global.daemon().json("GET", "/images/json", query: query).arrayValue ?? []
        let rows = images.flatMap { ImageRow.rows($0, noTrunc: noTrunc) }
        if quiet {
            var seen: Set<String> = []
            for id in rows.compactMap({ $0["ID"]?.stringValue }) where seen.insert(id).inserted { print(id) }
            return
        }
        var columns = [("REPOSITORY", "Repository"), ("TAG", "Tag")]
        if digests { columns.append(("DIGEST", "Digest")) }
        columns += [("IMAGE ID", "ID"), ("CREATED", "CreatedSince"), ("SIZE", "Size")]
        try RowPrinter(format: format, columns: columns).print(rows)
    }
}

/// `skiff images`: the images.
struct ImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "images", abstract: "List images.")

    @OptionGroup var options: ImageListOptions

    func run() throws { try options.list() }
}

/// `skiff image ls`: the images.
struct ImageListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List images.", aliases: ["list"]
    )

    @OptionGroup var options: ImageListOptions

    func run() throws { try options.list() }
}

/// Lines of the list as the fields that templates name: one for each tag.
enum ImageRow {
    static func rows(_ image: JSONValue, noTrunc: Bool) -> [JSONValue] {
        let tags = (image["RepoTags"]?.arrayValue ?? []).compactMap(\.stringValue)
        let digests = (image["RepoDigests"]?.arrayValue ?? []).compactMap(\.stringValue)
        let id = image["Id"]?.stringValue ?? ""
        let created = Timestamp(seconds: image["Created"]?.intValue ?? 0)
        let size = image["Size"]?.intValue ?? 0
        let names: [String?] = tags.isEmpty ? [nil] : tags
        return names.map { (tag: String?) -> JSONValue in
            let (repository, label) = split(tag)
            let digest = digests.first { $0.hasPrefix(repository + "@") }?.split(separator: "@").last.map(String.init)
            return [
                "Repository": .string(repository), "Tag": .string(label), "Digest": .string(digest ?? "<none>"),
                "ID": .string(noTrunc ? id : String((id.split(separator: ":").last ?? "").prefix(12))),
                "CreatedAt": .string(created.rfc3339), "CreatedSince": .string(Age.text(since: created) + " ago"),
                "Size": .string(HumanSize.decimal(Double(size))),
            ]
        }
    }

    private static func split(_ tag: String?) -> (String, String) {
        guard let tag else { return ("<none>", "<none>") }
        guard let colon = tag.lastIndex(of: ":"), !tag[colon...].contains("/") else { return (tag, "<none>") }
        return (String(tag[..<colon]), String(tag[tag.index(after: colon)...]))
    }
}
