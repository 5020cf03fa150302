import ArgumentParser
import Clients
import Document

/// `skiff events`: what happened and what it followed from.
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show the platform's events with their causes.",
        discussion: "For docker's own format use: docker -H unix://SOCKET events"
    )

    @OptionGroup var options: GlobalOptions

    @Flag(name: [.short, .long], help: "Go on with new events until Ctrl-C.")
    var follow = false

    @Option(name: .long, help: "Only events since then: RFC 3339 or a duration like 10m.")
    var since: String?

    @Option(name: [.customShort("n"), .long], help: "At most that many of the newest.")
    var tail: Int = 100

    @Flag(name: .long, help: "One JSON object a line.")
    var json = false

    func run() throws {
        let client = try options.daemon()
        var query: [(name: String, value: String)] = [("tail", String(tail)), ("follow", follow ? "1" : "0")]
        if let since { query.append(("since", since)) }
        let stream = try client.open(DaemonRequest("GET", "/skiff/v1/events", query: query))
        while let entry = try stream.nextJSON() {
            print(json ? JSONWriter.string(entry, style: .compact) : Self.line(entry))
        }
    }

    private static func line(_ entry: JSONValue) -> String {
        let text: (String) -> String = { entry[$0]?.stringValue ?? "" }
        let cause = text("cause")
        return [
            text("time"), text("id"), text("kind"), text("subject"), text("detail"), cause.isEmpty ? "" : "<- \(cause)",
        ].filter { !$0.isEmpty }.joined(separator: "  ")
    }
}
