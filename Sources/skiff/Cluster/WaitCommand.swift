import ArgumentParser
import Clients
import Document

/// `skiff wait`: wait for a condition of objects.
struct WaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until objects have a condition, or are gone.",
        discussion: """
              skiff wait pod/web --for=condition=Ready
              skiff wait deploy/web --for=condition=Available=true --timeout 60s
              skiff wait pod/web --for=delete
            """
    )

    /// What to wait for.
    enum Goal: ExpressibleByArgument, Equatable {
        case condition(type: String, status: String)
        case deletion

        init?(argument: String) {
            let parts = argument.split(separator: "=").map { String($0) }
            switch (parts.first, parts.count) {
            case ("delete", 1): self = .deletion
            case ("condition", 2): self = .condition(type: parts[1], status: "True")
            case ("condition", 3): self = .condition(type: parts[1], status: parts[2])
            default: return nil
            }
        }
    }

    @Argument(help: ArgumentHelp("KIND NAME … or KIND/NAME …", valueName: "objects"))
    var words: [String]

    @Option(name: .customLong("for"), help: "delete, condition=TYPE or condition=TYPE=STATUS.")
    var goal: Goal

    @Option(name: .long, help: ArgumentHelp("Fail after this time, e.g. 90s; 30s otherwise.", valueName: "duration"))
    var timeout: TimeLimit?

    @Option(name: [.customShort("l"), .long], help: "All objects with these labels.")
    var selector: String = ""

    @OptionGroup var options: ClusterOptions

    func run() throws {
        let client = try options.client()
        for group in try ObjectNames(words, client: client).groups {
            let namespace = group.resource.isNamespaced ? client.namespace : nil
            var names = group.names
            if names.isEmpty {
                let list = try client.list(group.resource, namespace: namespace, .init(labels: selector))
                names = list["items"]?.arrayValue?.compactMap { $0["metadata"]?["name"]?.stringValue } ?? []
                guard !names.isEmpty || goal == .deletion else { throw CommandFailure("no matching objects found") }
            }
            for name in names {
                let wait = ObjectWait(client: client, resource: group.resource, namespace: namespace, name: name)
                try self.wait(wait, group.resource.reference(name))
            }
        }
    }

    private var limit: TimeLimit { timeout ?? TimeLimit(seconds: 30) }

    private func wait(_ wait: ObjectWait, _ reference: String) throws {
        switch goal {
        case .deletion:
            try wait.untilGone(uid: nil, limit: limit)
            print("\(reference) is gone")
        case .condition(let type, let status):
            try wait.until(limit: limit) { object -> ObjectWait.Verdict<Void> in
                guard let object else { throw CommandFailure("\(reference) not found") }
                let conditions = object["status"]?["conditions"]?.arrayValue ?? []
                let found = conditions.first { $0["type"]?.stringValue?.lowercased() == type.lowercased() }
                let value = found?["status"]?.stringValue?.lowercased()
                return value == status.lowercased() ? .done(()) : .goOn
            }
            print("\(reference) condition met")
        }
    }
}
