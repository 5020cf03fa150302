import Cluster

/// What the worker of a pod is to do; every action but `tell` is answered by an input.
enum PodAction: Sendable, Hashable {
    /// Make the volumes; answered by `volumesReady` or `volumesFailed`.
    case makeVolumes
    /// Make the volumes again from what they refer to now; answered like `makeVolumes`.
    case refreshVolumes
    /// Make the sandbox; answered by `sandboxReady` or `sandboxFailed`.
    case makeSandbox(attempt: Int)
    /// Make sure of a container's image; answered by `imageReady` or `imageFailed`.
    case ensureImage(container: String)
    /// Create and start a container; answered by `launched` or `launchFailed`.
    case launch(container: String, attempt: Int, image: PodImage)
    /// Run the postStart hook; answered by `postStarted`.
    case postStart(container: String, id: String)
    /// Run the preStop hook if one is given, then stop; answered by `exited`.
    case stop(container: String, id: String, graceSeconds: Int, runsHook: Bool)
    /// Run a probe; answered by `probed`.
    case probe(container: String, id: String, kind: ProbeKind)
    /// Look whether a process listens on one of the container's ports; answered by `listened`.
    case checkListening(container: String, id: String, pid: Int32)
    /// Wait until no Service leads here any more; answered by `withdrawn`.
    case awaitWithdrawal
    /// Remove sandbox, containers, volumes and files; answered by `cleaned` or `cleaningFailed`.
    case clean
    /// Remove the object from the store, everything else is gone. The last action.
    case finish
    /// Tell people.
    case tell(PodNotice)
}

/// An event for people about the pod or one of its containers.
struct PodNotice: Sendable, Hashable {
    var severity: EventRecorder.Severity
    var reason: String
    var message: String
    var container: String?
}

/// What happened to a pod, seen from outside.
enum PodInput: Sendable, Hashable {
    /// `renewAfter` is when tokens in them have to be replaced.
    case volumesReady(renewAfter: Duration?)
    case volumesFailed(String)
    case sandboxReady(PodSandbox)
    case sandboxFailed(String)
    case imageReady(container: String, PodImage, seconds: Double)
    case imageFailed(container: String, PodRuntimeError.Kind, String)
    case launched(container: String, id: String, PodContainerStart)
    case launchFailed(container: String, LaunchStep, String)
    case postStarted(container: String, id: String, failure: String?)
    /// `message` is what the container left as its termination message.
    case exited(PodContainerExit, message: String)
    case probed(container: String, id: String, ProbeKind, failure: String?)
    case listened(container: String, id: String, isListening: Bool)
    /// The object is marked for deletion, or its grace was shortened.
    case terminate(graceSeconds: Int)
    /// No Service leads here any more, or waiting took too long.
    case withdrawn
    case cleaned
    case cleaningFailed(String)
    /// The object has a new spec or new metadata.
    case specChanged(PodSpec)
    /// Something the pod refers to changed in the store; what failed for its lack is tried at once.
    case dependencyChanged
    /// Time passed.
    case tick
}

/// The step of a launch that failed.
enum LaunchStep: Sendable, Hashable {
    /// Resolving what the spec refers to.
    case configuration
    /// Creating the container.
    case creation
    /// Starting its process.
    case start

    /// The waiting reason of the status.
    var reason: String {
        switch self {
        case .configuration: "CreateContainerConfigError"
        case .creation: "CreateContainerError"
        case .start: "RunContainerError"
        }
    }
}
