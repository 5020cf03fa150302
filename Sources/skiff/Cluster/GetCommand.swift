import ArgumentParser
import Clients
import Document
import SystemLinux

/// How objects are printed.
enum ObjectFormat: ExpressibleByArgument, Equatable {
    case table, wide, json, yaml, name
    /// The template behind `jsonpath=`.
    case path(String)

    init?(argument: String) {
        switch argument {
        case "table": self = .table
        case "wide": self = .wide
        case "json": self = .json
        case "yaml": self = .yaml
        case "name": self = .name
        default:
            guard argument.hasPrefix("jsonpath=") else { return nil }
            self = .path(String(argument.dropFirst("jsonpath=".count)))
        }
    }

    static var allValueStrings: [String] { ["table", "wide", "json", "yaml", "name", "jsonpath="] }
}

/// `skiff get`: show objects.
struct GetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Show objects of the cluster.",
        discussion: """
              skiff get pods                  a table
              skiff get deploy,svc -A         two kinds in all namespaces
              skiff get pod/web -o yaml       one object, whole
              skiff get pods -w               and go on with every change
            """
    )

    @Argument(help: ArgumentHelp("KIND, KIND NAME … or KIND/NAME …", valueName: "objects"))
    var words: [String]

    @Option(name: [.short, .long], help: "table, wide, json, yaml, name or jsonpath={.status.phase}; table otherwise.")
    var output: ObjectFormat?

    @Flag(name: [.short, .long], help: "Go on with every change until Ctrl-C.")
    var watch = false

    @Option(name: [.customShort("l"), .long], help: "Only objects with these labels, e.g. app=web,tier!=db.")
    var selector: String = ""

    @Option(name: .long, help: "Only objects with these fields, e.g. status.phase=Running.")
    var fieldSelector: String = ""

    @Flag(name: [.customShort("A"), .long], help: "All namespaces.")
    var allNamespaces = false

    @Flag(name: .customLong("no-headers"), help: "Tables without their first line.")
    var noHeaders = false

    @Flag(name: .customLong("show-managed-fields"), help: "With json and yaml: also who owns which field.")
    var showManagedFields = false

    @OptionGroup var options: ClusterOptions

    func run() throws {
        let client = try options.client()
        let names = try ObjectNames(words, client: client)
        let selection = KubernetesClient.Selection(labels: selector, fields: fieldSelector)
        if names.groups.contains(where: { !$0.names.isEmpty }), !selector.isEmpty || !fieldSelector.isEmpty {
            throw CommandFailure("give names or selectors, not both")
        }
        let viewer = ObjectViewer(
            client: client, format: output ?? .table, allNamespaces: allNamespaces, showsHeader: !noHeaders,
            selection: selection, showsManagedFields: showManagedFields)
        if watch {
            guard names.groups.count == 1, names.groups[0].names.count <= 1 else {
                throw CommandFailure("only one kind, or one object, can be watched at a time")
            }
            try viewer.watch(names.groups[0])
        } else {
            try viewer.show(names.groups)
        }
    }
}
