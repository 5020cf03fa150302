import ArgumentParser
import Clients
import Document

/// `skiff scale`: change the number of replicas.
struct ScaleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Change how many replicas a workload has.",
        discussion: "  skiff scale deployment/web --replicas=5"
    )

    @Argument(help: ArgumentHelp("KIND NAME or KIND/NAME", valueName: "object"))
    var words: [String]

    @Option(name: .long, help: ArgumentHelp("The new number.", valueName: "count"))
    var replicas: Int

    @Option(name: .long, help: ArgumentHelp("Change it only if it is this number now.", valueName: "count"))
    var currentReplicas: Int?

    @OptionGroup var options: ClusterOptions

    func validate() throws {
        guard replicas >= 0 else { throw ValidationError("--replicas must not be negative") }
    }

    func run() throws {
        let client = try options.client()
        let (resource, name) = try ObjectNames.single(words, client: client)
        guard resource.subresources.contains("scale") else {
            throw CommandFailure("\(resource.reference(name)) cannot be scaled; deployments and replica sets can")
        }
        if let currentReplicas {
            let object = try client.get(resource, namespace: client.namespace, name: name)
            let now = object["spec"]?["replicas"]?.intValue ?? 1
            guard now == currentReplicas else {
                throw CommandFailure("\(resource.reference(name)) has \(now) replicas, not \(currentReplicas)")
            }
        }
        _ = try client.mergePatch(
            resource, namespace: client.namespace, name: name, subresource: "scale",
            ["spec": ["replicas": .integer(Int64(replicas))]])
        print("\(resource.reference(name)) scaled")
    }
}
