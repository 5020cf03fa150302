import ArgumentParser
import Clients
import Document
import Effects
import SystemLinux

/// `skiff rollout`: how a deployment's change goes.
struct RolloutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout",
        abstract: "Follow or repeat the rollout of a deployment.",
        subcommands: [RolloutStatusCommand.self, RolloutRestartCommand.self]
    )
}

/// `skiff rollout status`: wait until the newest template runs everywhere.
struct RolloutStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Wait until all replicas run the newest template.")

    @Argument(help: ArgumentHelp("deployment/NAME", valueName: "object"))
    var words: [String]

    @Option(name: .long, help: ArgumentHelp("Fail after this time, e.g. 60s; 0 is never.", valueName: "duration"))
    var timeout: TimeLimit?

    @OptionGroup var options: ClusterOptions

    func run() throws {
        let client = try options.client()
        let (resource, name) = try ObjectNames.single(words, client: client)
        guard resource.kind == "Deployment" else {
            throw CommandFailure("rollout status knows deployments, not \(resource.plural)")
        }
        var said = ""
        let wait = ObjectWait(client: client, resource: resource, namespace: client.namespace, name: name)
        try wait.until(limit: timeout?.unlessZero) { object -> ObjectWait.Verdict<Void> in
            guard let object else { throw CommandFailure("\(resource.reference(name)) not found") }
            let progress = RolloutProgress(object)
            if let failure = progress.failure { throw CommandFailure("\(resource.reference(name)): \(failure)") }
            guard let pending = progress.pending else { return .done(()) }
            if pending != said {
                StandardStream.output.write("Waiting for \(resource.reference(name)): \(pending)\n")
            }
            said = pending
            return .goOn
        }
        print("\(resource.reference(name)) successfully rolled out")
    }
}

/// How far a deployment is. Pure.
struct RolloutProgress {
    /// What is still missing; nil when the rollout is complete.
    let pending: String?
    /// Why it will not complete; nil while it may.
    let failure: String?

    init(_ deployment: JSONValue) {
        let status = deployment["status"]
        func count(_ key: String) -> Int64 { status?[key]?.intValue ?? 0 }
        let wanted = deployment["spec"]?["replicas"]?.intValue ?? 1
        let conditions = status?["conditions"]?.arrayValue ?? []
        let late = conditions.contains { $0["type"] == "Progressing" && $0["reason"] == "ProgressDeadlineExceeded" }
        failure = late ? "the rollout exceeded its progress deadline" : nil
        if count("observedGeneration") < deployment["metadata"]?["generation"]?.intValue ?? 0 {
            pending = "the change is not seen yet"
        } else if count("updatedReplicas") < wanted {
            pending = "\(count("updatedReplicas")) of \(wanted) replicas are updated"
        } else if count("replicas") > count("updatedReplicas") {
            pending = "\(count("replicas") - count("updatedReplicas")) old replicas have to end"
        } else if count("availableReplicas") < wanted {
            pending = "\(count("availableReplicas")) of \(wanted) updated replicas are available"
        } else {
            pending = nil
        }
    }
}

/// `skiff rollout restart`: replace all pods, one after the other.
struct RolloutRestartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Replace all pods of a deployment by new ones, without a gap.")

    @Argument(help: ArgumentHelp("deployment/NAME", valueName: "object"))
    var words: [String]

    @OptionGroup var options: ClusterOptions

    func run() throws {
        let client = try options.client()
        let (resource, name) = try ObjectNames.single(words, client: client)
        guard resource.kind == "Deployment" else {
            throw CommandFailure("rollout restart knows deployments, not \(resource.plural)")
        }
        let annotations: JSONValue = [
            "kubectl.kubernetes.io/restartedAt": .string(Effects.live.now.rfc3339)
        ]
        _ = try client.mergePatch(
            resource, namespace: client.namespace, name: name,
            ["spec": ["template": ["metadata": ["annotations": annotations]]]])
        print("\(resource.reference(name)) restarted")
    }
}
