import Effects
import Logging
import Synchronization
import SystemLinux

extension ContainerRuntime {
    /// Makes a sandbox: namespaces, network, published ports. Containers join it by `ContainerRequest.sandboxID`.
    /// - Throws: `.conflict` when one of that id stands; nothing half-made remains after an error.
    public func createSandbox(_ request: SandboxRequest) async throws -> Sandbox {
        let id = request.id ?? effects.hexID()
        var sandbox = Sandbox(
            id: id, request: request, createdAt: effects.now, attachment: nil, ports: [],
            namespaceDirectory: namespaceDirectory(id), directory: sandboxStore.directory(id)
        )
        let isTaken = sandboxRegistry.withLock { sandboxes in
            if sandboxes[id] != nil { return true }
            sandboxes[id] = sandbox
            return false
        }
        guard !isTaken else { throw RuntimeError(.conflict, "a sandbox \(id) exists already") }
        do {
            try await makeNamespaces(of: sandbox)
            try await connect(&sandbox)
            let ready = sandbox
            let store = sandboxStore
            try await BlockingPool.shared.run { try store.save(ready) }
            sandboxRegistry.withLock { $0[id] = ready }
            return ready
        } catch {
            await dismantle(sandbox)
            throw error
        }
    }

    private func makeNamespaces(of sandbox: Sandbox) async throws {
        let store = sandboxStore
        try await BlockingPool.shared.run {
            try Directory.make(store.directory(sandbox.id), mode: 0o711)
            let pinned = PinnedNamespaces(directory: sandbox.namespaceDirectory)
            try pinned.pin(sandbox.kinds)
            try Directory.make(sandbox.sharedMemoryPath)
            try File.setMode(sandbox.sharedMemoryPath, 0o1777)
            try SandboxSettings.apply(to: sandbox, pinned: pinned)
        }
    }

    private func connect(_ sandbox: inout Sandbox) async throws {
        if case .network(let name) = sandbox.request.network {
            guard let network, let path = sandbox.namespacePath(.network) else {
                throw RuntimeError(.unavailable, "no network module runs, so sandbox \(sandbox.id) gets no address")
            }
            sandbox.attachment = try await network.attach(
                NetworkAttachRequest(
                    containerID: sandbox.id, containerName: sandbox.request.name, hostname: sandbox.request.hostname,
                    network: name, namespacePath: path
                )
            )
        }
        if !sandbox.request.ports.isEmpty {
            guard let ports else { throw RuntimeError(.unavailable, "no module publishes ports of the host") }
            sandbox.ports = try await ports.reserve(sandbox.request.ports, containerID: sandbox.id)
            if let address = sandbox.addresses.first {
                try await ports.activate(sandbox.ports, containerID: sandbox.id, containerAddress: address)
            }
        }
        let files = sandbox
        try await BlockingPool.shared.run { try SandboxSettings.writeFiles(of: files) }
    }

    /// Removes a sandbox with its containers, killing what runs; a missing one is fine.
    public func removeSandbox(_ id: String) async throws {
        guard let sandbox = sandboxRegistry.withLock({ $0[id] }) else { return }
        for cell in registry.all where cell.record.request.sandboxID == id {
            do {
                try await remove(cell.id, force: true, removeVolumes: true)
            } catch let error as RuntimeError where error.code == .notFound || error.code == .conflict {
                // Another removal of it is under way.
            }
        }
        await dismantle(sandbox)
    }

    private func dismantle(_ sandbox: Sandbox) async {
        if !sandbox.request.ports.isEmpty { await ports?.release(containerID: sandbox.id) }
        do {
            if case .network(let name) = sandbox.request.network {
                try await network?.detach(containerID: sandbox.id, network: name)
            }
            let store = sandboxStore
            try await BlockingPool.shared.run {
                try PinnedNamespaces(directory: sandbox.namespaceDirectory).release()
                try store.remove(sandbox.id)
            }
        } catch {
            logger.error(
                "failed to remove a sandbox whole", metadata: ["sandbox": "\(sandbox.id)", "error": "\(error)"])
        }
        sandboxRegistry.withLock { $0[sandbox.id] = nil }
    }

    /// All sandboxes. Does not block.
    public func sandboxes() -> [Sandbox] {
        sandboxRegistry.withLock { Array($0.values) }.sorted { $0.createdAt < $1.createdAt }
    }

    /// The sandbox of that id.
    /// - Throws: `.notFound`.
    public func sandbox(_ id: String) throws(RuntimeError) -> Sandbox {
        guard let sandbox = sandboxRegistry.withLock({ $0[id] }) else {
            throw RuntimeError(.notFound, "no such sandbox: \(id)")
        }
        return sandbox
    }
}

/// What is set inside a sandbox's namespaces before any container joins. Calls block.
enum SandboxSettings {
    static func apply(to sandbox: Sandbox, pinned: PinnedNamespaces) throws {
        let request = sandbox.request
        if sandbox.kinds.contains(.uts) {
            let namespace = try Namespaces.open(pinned.path(.uts), .uts)
            let hostname = request.hostname
            // The file shows the name of the namespace that the writing thread is in.
            try Namespaces.inside(namespace, .uts) { try File.writeControl("/proc/sys/kernel/hostname", hostname) }
        }
        if sandbox.kinds.contains(.network) {
            var values = ContainerDefaults.networkSysctls
            for (name, value) in request.sysctls where name.hasPrefix("net.") { values[name] = value }
            try set(values, in: try Namespaces.open(pinned.path(.network), .network), .network)
        }
        let others = request.sysctls.filter { !$0.key.hasPrefix("net.") }
        if !others.isEmpty {
            guard sandbox.kinds.contains(.ipc) else {
                throw RuntimeError(.invalid, "sysctls of the IPC namespace cannot be set when it is the host's")
            }
            try set(others, in: try Namespaces.open(pinned.path(.ipc), .ipc), .ipc)
        }
    }

    private static func set(_ values: [String: String], in namespace: OwnedFD, _ kind: Namespaces.Kind) throws {
        try Namespaces.inside(namespace, kind) {
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                guard !name.contains("/"), !name.contains("..") else {
                    throw RuntimeError(.invalid, "invalid sysctl name \"\(name)\"")
                }
                let path = name.split(separator: ".").joined(separator: "/")
                try File.writeControl("/proc/sys/\(path)", value)
            }
        }
    }

    /// The files that containers see unless they bring their own.
    static func writeFiles(of sandbox: Sandbox) throws {
        let hosts = try NetworkFiles.hosts(
            hostname: sandbox.request.hostname, domainname: "", addresses: sandbox.addresses, extraHosts: [],
            hostGateway: nil
        )
        let resolver = NetworkFiles.resolver(
            host: HostRequest(), attachment: sandbox.attachment,
            // A host without the file has no name servers either.
            hostText: (try? File.readText("/etc/resolv.conf", limit: 64 * 1024)) ?? "",
            sharesHostNetwork: sandbox.request.network == .host
        )
        try File.write("\(sandbox.directory)/hosts", Array(hosts.utf8))
        try File.write("\(sandbox.directory)/resolv.conf", Array(resolver.text.utf8))
        try File.write("\(sandbox.directory)/hostname", Array("\(sandbox.request.hostname)\n".utf8))
    }
}
