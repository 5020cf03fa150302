import ArgumentParser
import Clients
import Document

/// `skiff delete`: remove objects.
struct DeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove objects from the cluster.",
        discussion: """
              skiff delete -f service.yaml       what a file names
              skiff delete pod/web deploy/web    what the arguments name
              skiff delete pods -l app=web       what has a label
            """
    )

    @Argument(help: ArgumentHelp("KIND NAME … or KIND/NAME …", valueName: "objects"))
    var words: [String] = []

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: ArgumentHelp("A file, a folder, or - for standard input; may be repeated.", valueName: "file"))
    var files: [String] = []

    @Option(name: [.customShort("l"), .long], help: "Objects with these labels.")
    var selector: String = ""

    @Flag(name: .long, help: "All objects of the kind in the namespace.")
    var all = false

    @Option(name: .long, help: ArgumentHelp("Seconds a pod has to end; 0 kills it at once.", valueName: "seconds"))
    var gracePeriod: Int?

    @Flag(name: .long, help: "Succeed also when there is nothing to delete.")
    var ignoreNotFound = false

    @Flag(inversion: .prefixedNo, help: "Wait until the objects are gone.")
    var wait = true

    @OptionGroup var options: ClusterOptions

    /// One object to delete.
    private struct Target {
        let resource: APIResource
        let namespace: String?
        let name: String
    }

    func run() throws {
        let client = try options.client()
        let targets = try self.targets(client)
        var waiting: [(Target, String)] = []
        for target in targets {
            do {
                let answer = try client.delete(
                    target.resource, namespace: target.namespace, name: target.name, gracePeriodSeconds: gracePeriod)
                print("\(target.resource.reference(target.name)) deleted")
                if answer["kind"] != "Status", let uid = answer["metadata"]?["uid"]?.stringValue {
                    waiting.append((target, uid))
                }
            } catch {
                guard ignoreNotFound, error.code == .refused(404) else { throw error }
            }
        }
        guard wait else { return }
        for (target, uid) in waiting {
            try ObjectWait(client: client, resource: target.resource, namespace: target.namespace, name: target.name)
                .untilGone(uid: uid, limit: nil)
        }
    }

    private func targets(_ client: KubernetesClient) throws -> [Target] {
        guard files.isEmpty != words.isEmpty else { throw CommandFailure("name objects, or files with -f") }
        if !files.isEmpty {
            return try Manifest.read(files, recursive: false).map { manifest in
                let resource = try client.resource(apiVersion: manifest.apiVersion, kind: manifest.kind)
                let namespace = resource.isNamespaced ? manifest.namespace ?? client.namespace : nil
                return Target(resource: resource, namespace: namespace, name: manifest.name)
            }
        }
        var targets: [Target] = []
        for group in try ObjectNames(words, client: client).groups {
            let namespace = group.resource.isNamespaced ? client.namespace : nil
            var names = group.names
            if names.isEmpty {
                guard all || !selector.isEmpty else {
                    throw CommandFailure("name objects of kind \(group.resource.kind), or use -l or --all")
                }
                let list = try client.list(group.resource, namespace: namespace, .init(labels: selector))
                names = list["items"]?.arrayValue?.compactMap { $0["metadata"]?["name"]?.stringValue } ?? []
            }
            targets += names.map { Target(resource: group.resource, namespace: namespace, name: $0) }
        }
        return targets
    }
}
