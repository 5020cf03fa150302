import Cluster
import Document

/// Turns a container of a pod into what the runtime is told: everything looked up, checked and expanded.
struct ContainerSpecBuilder: Sendable {
    /// The least CPU weight cgroups know.
    static let minimumShares: Int64 = 2

    let spec: PodSpec
    let container: ContainerSpec
    let directories: PodDirectories
    let qosClass: QOSClass
    /// The node's memory, by which the OOM score of burstable containers is scaled.
    let nodeMemoryBytes: Int64

    /// The runtime's spec of one run.
    /// - Throws: `NodeError` for what the image or the pod makes impossible.
    func spec(
        attempt: Int, image: PodImage, sandbox: PodSandbox, environment: [EnvironmentVariable],
        volumePaths: [String: String]
    ) throws -> PodContainerSpec {
        var result = PodContainerSpec(
            sandboxID: sandbox.id, podUID: spec.uid, namespace: spec.namespace, podName: spec.name,
            name: container.name, attempt: attempt, image: image)
        let known = Dictionary(environment.map { ($0.name, $0.value) }) { _, last in last }
        let expand = { (text: String) in VariableExpansion.expand(text) { known[$0] } }
        result.command = (container.json["command"]?.stringList ?? []).map(expand)
        result.arguments = (container.json["args"]?.stringList ?? []).map(expand)
        result.workingDirectory = container.json.text("workingDir")
        result.environment = environment
        result.mounts = try mounts(attempt: attempt, volumePaths: volumePaths, expand: expand)
        result.security = try security(image: image)
        result.resources = resources
        result.stdin = container.json["stdin"]?.boolValue ?? false
        result.stdinOnce = container.json["stdinOnce"]?.boolValue ?? false
        result.terminal = container.json["tty"]?.boolValue ?? false
        return result
    }

    // MARK: - Mounts

    private func mounts(
        attempt: Int, volumePaths: [String: String], expand: (String) -> String
    ) throws -> [PodMount] {
        var mounts: [PodMount] = []
        for mount in container.json.items("volumeMounts") {
            let name = mount.text("name")
            guard let volume = volumePaths[name] else {
                throw NodeError(.volumeUnavailable, "volume \"\(name)\" is not in the pod")
            }
            let expression = mount.text("subPathExpr")
            let subPath = expression.isEmpty ? mount.text("subPath") : expand(expression)
            mounts.append(
                PodMount(
                    source: try PodVolumes.resolve(subPath: subPath, in: volume), destination: mount.text("mountPath"),
                    isReadOnly: mount["readOnly"]?.boolValue ?? false))
        }
        let taken = Set(mounts.map(\.destination))
        let files = [
            (directories.hostsFile(of: spec.uid), "/etc/hosts"),
            (directories.resolverFile(of: spec.uid), "/etc/resolv.conf"),
            (directories.hostnameFile(of: spec.uid), "/etc/hostname"),
            (
                directories.terminationMessage(of: container.name, attempt: attempt, podUID: spec.uid),
                container.terminationMessagePath
            ),
        ]
        // A container that mounts such a file itself keeps its own.
        for (source, destination) in files where !taken.contains(destination) {
            mounts.append(PodMount(source: source, destination: destination))
        }
        return mounts
    }

    // MARK: - Security

    private func security(image: PodImage) throws -> PodContainerSecurity {
        let pod = spec.json["securityContext"] ?? .null
        let own = container.json["securityContext"] ?? .null
        var security = PodContainerSecurity()
        security.userID = Self.id(own["runAsUser"] ?? pod["runAsUser"])
        security.groupID = Self.id(own["runAsGroup"] ?? pod["runAsGroup"])
        security.supplementalGroups = pod.items("supplementalGroups").compactMap { Self.id($0) }
        if let group = Self.id(pod["fsGroup"]) { security.supplementalGroups.append(group) }
        security.mustNotBeRoot = (own["runAsNonRoot"] ?? pod["runAsNonRoot"])?.boolValue ?? false
        security.isPrivileged = own["privileged"]?.boolValue ?? false
        security.addedCapabilities = own["capabilities", "add"]?.stringList ?? []
        security.droppedCapabilities = own["capabilities", "drop"]?.stringList ?? []
        security.noNewPrivileges = own["allowPrivilegeEscalation"]?.boolValue == false
        security.readOnlyRoot = own["readOnlyRootFilesystem"]?.boolValue ?? false
        let seccomp = (own["seccompProfile"] ?? pod["seccompProfile"])?.text("type") ?? ""
        security.seccompUnconfined = seccomp == "Unconfined"
        try checkUser(security, image: image)
        return security
    }

    private func checkUser(_ security: PodContainerSecurity, image: PodImage) throws {
        guard security.mustNotBeRoot else { return }
        if let user = security.userID {
            if user == 0 { throw NodeError(.unsupported, "container's runAsUser breaks non-root policy") }
            return
        }
        let user = image.user.prefix { $0 != ":" }
        if user.isEmpty || user == "root" || UInt32(user) == 0 {
            throw NodeError(.unsupported, "container has runAsNonRoot and image will run as root")
        }
        if UInt32(user) == nil {
            throw NodeError(
                .unsupported,
                "container has runAsNonRoot and image has non-numeric user (\(user)), cannot verify user is non-root")
        }
    }

    private static func id(_ value: JSONValue?) -> UInt32? {
        value?.intValue.flatMap { UInt32(exactly: $0) }
    }

    // MARK: - Resources

    /// The weights and limits of the cgroup (kubelet's `kuberuntime` conversions).
    private var resources: PodContainerResources {
        let limits = container.json["resources", "limits"]
        let requests = container.json["resources", "requests"]
        var result = PodContainerResources()
        let limitMilli = Self.milli(limits?["cpu"])
        let requestMilli = Self.milli(requests?["cpu"]) ?? limitMilli ?? 0
        result.cpuShares = min(262_144, max(Self.minimumShares, requestMilli * 1024 / 1000))
        // The kernel refuses quotas below 1 ms.
        result.cpuQuotaMicroseconds = limitMilli.map { max(1000, $0 * result.cpuPeriodMicroseconds / 1000) }
        result.memoryLimitBytes = Self.bytes(limits?["memory"])
        result.oomScoreAdjustment = oomScore(memoryRequest: Self.bytes(requests?["memory"]) ?? result.memoryLimitBytes)
        return result
    }

    /// Guaranteed pods keep 0: going below the daemon's own score needs CAP_SYS_RESOURCE.
    private func oomScore(memoryRequest: Int64?) -> Int {
        switch qosClass {
        case .guaranteed: return 0
        case .bestEffort: return 1000
        case .burstable:
            guard nodeMemoryBytes > 0 else { return 999 }
            return min(999, max(3, 1000 - Int(1000 * (memoryRequest ?? 0) / nodeMemoryBytes)))
        }
    }

    private static func milli(_ value: JSONValue?) -> Int64? { value.flatMap { Quantity(json: $0)?.milli } }

    private static func bytes(_ value: JSONValue?) -> Int64? { value.flatMap { Quantity(json: $0)?.value } }
}
