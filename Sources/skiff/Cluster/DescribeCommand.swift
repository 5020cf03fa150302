import ArgumentParser
import Clients
import Document

/// `skiff describe`: one object and what happened to it.
struct DescribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Show one object in full, with its events.",
        discussion: "  skiff describe pod/web\n\nFor why it is as it is: skiff why pod/web"
    )

    @Argument(help: ArgumentHelp("KIND NAME or KIND/NAME", valueName: "object"))
    var words: [String]

    @OptionGroup var options: ClusterOptions

    func run() throws {
        let client = try options.client()
        let (resource, name) = try ObjectNames.single(words, client: client)
        var object = try client.get(resource, namespace: client.namespace, name: name)
        let metadata = object["metadata"]
        var head: [[String]] = [["Name:", name], ["Kind:", resource.kind]]
        if let namespace = metadata?["namespace"]?.stringValue { head.append(["Namespace:", namespace]) }
        head.append(["Created:", metadata?["creationTimestamp"]?.stringValue ?? "<unknown>"])
        for (title, key) in [("Labels:", "labels"), ("Annotations:", "annotations")] {
            let pairs = metadata?[key]?.objectValue ?? JSONObject()
            for (index, pair) in pairs.enumerated() {
                head.append([index == 0 ? title : "", "\(pair.key)=\(pair.value.stringValue ?? "")"])
            }
        }
        for owner in metadata?["ownerReferences"]?.arrayValue ?? [] {
            head.append([
                "Controlled by:", "\(owner["kind"]?.stringValue ?? "")/\(owner["name"]?.stringValue ?? "")",
            ])
        }
        TextTable.lines(head).forEach { print($0) }
        for key in ["apiVersion", "kind", "metadata"] { object[key] = nil }
        print("\n" + YAMLWriter.string(object), terminator: "")
        try printEvents(of: metadata?["uid"]?.stringValue ?? "", client)
    }

    private func printEvents(of uid: String, _ client: KubernetesClient) throws {
        let events = try client.list(
            try client.resource(apiVersion: "v1", kind: "Event"), namespace: client.namespace,
            .init(fields: "involvedObject.uid=\(uid)"), accept: KubernetesClient.tableForm)
        guard events["rows"]?.arrayValue?.isEmpty == false else { return print("\nEvents: none") }
        print("\nEvents:")
        var printer = TablePrinter(isWide: false, showsNamespace: false)
        printer.lines(events, showsHeader: true).forEach { print("  \($0)") }
    }
}
