import ArgumentParser
import Clients
import Document
import SystemLinux

/// `skiff kubeconfig`: what kubectl, helm and others need to reach the cluster.
struct KubeconfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubeconfig",
        abstract: "Print the cluster's kubeconfig, or merge it into your own.",
        discussion: """
              skiff kubeconfig > skiff.yaml        a file of its own
              skiff kubeconfig --merge --use       into ~/.kube/config, as current context
            """
    )

    @Flag(name: .long, help: "Write the context into KUBECONFIG or ~/.kube/config instead of printing it.")
    var merge = false

    @Flag(name: .long, help: "With --merge: make it the current context.")
    var use = false

    @Flag(name: .long, help: "Print the path of the cluster's own kubeconfig.")
    var path = false

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let location = try global.location()
        _ = try global.daemon()
        if path { return print(location.kubeconfig) }
        let text = try File.readText(location.kubeconfig, limit: 1 << 20)
        guard merge else {
            StandardStream.output.write(text)
            return
        }
        guard let target = KubeconfigFile.paths().first else { return }
        try Self.merge(text, from: location.kubeconfig, into: target, makeCurrent: use)
    }

    static func merge(_ text: String, from source: String, into target: String, makeCurrent: Bool) throws {
        let addition = try YAMLReader.parse(text, source: source).first?.value ?? .null
        try Directory.make(File.parent(of: target), mode: 0o700)
        let existing =
            File.exists(target)
            ? try YAMLReader.parse(try File.readText(target), source: target).first?.value ?? .null : .null
        let merged = KubeconfigMerge.merge(addition, into: existing, makeCurrent: makeCurrent)
        try File.writeAtomically(target, Array(YAMLWriter.string(merged).utf8), mode: 0o600)
        let name = addition["current-context"]?.stringValue ?? ""
        print("context \"\(name)\" is in \(target)\(makeCurrent ? " and is the current one" : "")")
    }
}
