import ArgumentParser
import Clients
import Document
import Effects

/// `skiff why SUBJECT`: the chain of causes that made a thing what it is.
struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Show the chain of causes that made a thing what it is.",
        discussion: """
            SUBJECT is a kind and a name: pod/web-1, deployment/web, service/web, container/ID, image/REF, build/ID.
            Each line is an event; the number on the left is the time since the one before it.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(name: [.short, .long], help: "The namespace of a Kubernetes object.")
    var namespace = "default"

    @Argument(help: "Kind and name, such as pod/web-1.")
    var subject: String

    @Flag(name: .long, help: "The chain as JSON.")
    var json = false

    func run() throws {
        let client = try options.daemon()
        let answer = try client.json(
            "GET",
            "/skiff/v1/why",
            query: [("subject", subject), ("namespace", namespace)]
        )
        guard !json else {
            print(JSONWriter.string(answer, style: .pretty))
            return
        }
        print(answer["subject"]?.stringValue ?? subject)
        if let state = answer["state"]?.stringValue { print("  is \(state)") }
        print("  because")
        if let request = answer["request"]?.stringValue { print("    \(Self.column("")) \(request)") }
        var previous: Timestamp?
        for link in answer["links"]?.arrayValue ?? [] {
            let time = link["time"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
            let step = previous.flatMap { earlier in time.map { "+" + HumanDuration.text($0 - earlier) } } ?? ""
            print("    \(Self.column(step)) \(Self.describe(link))")
            previous = time ?? previous
        }
        if let total = answer["totalMilliseconds"]?.intValue {
            print("  in \(HumanDuration.text(.milliseconds(total)))")
        }
    }

    private static func column(_ text: String) -> String {
        String(repeating: " ", count: max(0, 9 - text.count)) + text
    }

    private static func describe(_ link: JSONValue) -> String {
        let text: (String) -> String = { link[$0]?.stringValue ?? "" }
        return [text("kind"), text("subject"), text("note")].filter { !$0.isEmpty }.joined(separator: "  ")
    }
}
