import Node
import Runtime

/// A pod's container in the runtime's words. Pure.
struct PodContainerRequest {
    let request: ContainerRequest

    init(_ spec: PodContainerSpec) {
        var request = ContainerRequest(image: spec.image.id)
        request.sandboxID = spec.sandboxID
        if !spec.command.isEmpty {
            request.entrypoint = spec.command
            request.command = spec.arguments
        } else if !spec.arguments.isEmpty {
            request.command = spec.arguments
        }
        request.workingDirectory = spec.workingDirectory
        request.environment = spec.environment.map { "\($0.name)=\($0.value)" }
        request.labels = spec.labels
        request.openStdin = spec.stdin
        request.stdinOnce = spec.stdinOnce
        request.tty = spec.terminal
        request.user = Self.user(spec.security)
        request.host = Self.host(spec)
        self.request = request
    }

    /// `uid[:gid]`; a group without a user means root's user with that group, as in Kubernetes.
    private static func user(_ security: PodContainerSecurity) -> String {
        switch (security.userID, security.groupID) {
        case (nil, nil): return ""
        case (let user?, nil): return String(user)
        case (let user, let group?): return "\(user.map(String.init) ?? "0"):\(group)"
        }
    }

    private static func host(_ spec: PodContainerSpec) -> HostRequest {
        var host = HostRequest()
        host.mounts = spec.mounts.map { mount in
            MountRequest(
                kind: .bind, source: mount.source, target: mount.destination, readOnly: mount.isReadOnly
            )
        }
        host.oomScoreAdj = spec.resources.oomScoreAdjustment
        host.groupAdd = spec.security.supplementalGroups.map(String.init)
        host.privileged = spec.security.isPrivileged
        host.readonlyRootfs = spec.security.readOnlyRoot
        host.capAdd = spec.security.addedCapabilities
        host.capDrop = spec.security.droppedCapabilities
        if spec.security.noNewPrivileges { host.securityOptions.append("no-new-privileges") }
        if spec.security.seccompUnconfined { host.securityOptions.append("seccomp=unconfined") }
        host.resources = resources(spec.resources)
        return host
    }

    private static func resources(_ wanted: PodContainerResources) -> ResourceRequest {
        var resources = ResourceRequest()
        resources.cpuShares = wanted.cpuShares
        if let quota = wanted.cpuQuotaMicroseconds {
            resources.cpuQuotaMicroseconds = quota
            resources.cpuPeriodMicroseconds = wanted.cpuPeriodMicroseconds
        }
        if let limit = wanted.memoryLimitBytes {
            resources.memoryBytes = limit
            // Kubernetes gives no swap to a container with a memory limit.
            resources.memorySwapBytes = limit
        }
        return resources
    }
}
