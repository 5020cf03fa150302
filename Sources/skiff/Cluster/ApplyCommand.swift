import ArgumentParser
import Clients
import Document
import SystemLinux

/// `skiff apply`: make the cluster be what the files say.
struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Create or change objects so that they are what the files say.",
        discussion: """
            Server-side apply as field manager "skiff": what a file no longer says is removed again, what others set is
            left alone. Nothing is changed for an object whose file has an unknown or misspelt field.

              skiff apply -f deployment.yaml -f service.yaml
              skiff apply -f manifests/
              cat app.yaml | skiff apply -f -
            """
    )

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: ArgumentHelp("A file, a folder, or - for standard input; may be repeated.", valueName: "file"))
    var files: [String]

    @Flag(name: [.customShort("R"), .long], help: "Read folders with all folders below them.")
    var recursive = false

    @Flag(name: .long, help: "Take over fields that other managers have set.")
    var force = false

    @Flag(name: .customLong("dry-run"), help: "Check everything and change nothing.")
    var dryRun = false

    @OptionGroup var options: ClusterOptions

    func run() throws {
        let manifests = try Manifest.read(files, recursive: recursive)
        let client = try options.client()
        var failures: [String] = []
        for manifest in manifests {
            do { try apply(manifest, client) } catch let failure as CommandFailure {
                failures.append(failure.description)
            }
        }
        guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "\n")) }
    }

    private func apply(_ manifest: Manifest, _ client: KubernetesClient) throws {
        do {
            let resource = try client.resource(apiVersion: manifest.apiVersion, kind: manifest.kind)
            let namespace = resource.isNamespaced ? try space(of: manifest, client) : nil
            let before = try client.find(resource, namespace: namespace, name: manifest.name)
            let applied = try client.apply(
                resource, namespace: namespace, name: manifest.name, manifest.object, force: force, dryRun: dryRun)
            for warning in applied.warnings { StandardStream.error.write("Warning: \(warning)\n") }
            let revision: (JSONValue?) -> String? = { $0?["metadata"]?["resourceVersion"]?.stringValue }
            let verdict =
                before == nil ? "created" : revision(before) == revision(applied.object) ? "unchanged" : "configured"
            print("\(resource.reference(manifest.name)) \(verdict)\(dryRun ? " (dry run)" : "")")
        } catch let error as KubernetesClientError {
            guard error.code.status != nil || error.code == .unknownResource else { throw error }
            throw manifest.explain(error)
        }
    }

    /// The namespace of an object: its own, which `-n` must not contradict.
    private func space(of manifest: Manifest, _ client: KubernetesClient) throws -> String {
        guard let own = manifest.namespace else { return client.namespace }
        if let asked = options.namespace, asked != own {
            throw CommandFailure(
                "\(manifest.place(of: "metadata.namespace")): the namespace is \"\(own)\", but -n says \"\(asked)\"")
        }
        return own
    }
}
