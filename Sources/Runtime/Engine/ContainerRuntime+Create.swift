import Effects
import EventBus
import Images
import Logging
import OCI
import SystemLinux
import Volumes

/// What `create` made.
public struct CreatedContainer: Sendable, Hashable {
    /// The container's id.
    public let id: String
    /// Things the caller should know, for people.
    public let warnings: [String]
}

extension ContainerRuntime {
    /// Makes a container: record, root, volumes, reserved ports. Nothing runs yet.
    ///
    /// - Parameters:
    ///   - request: what it is to be.
    ///   - name: its name; nil makes one up.
    ///   - cause: what this follows from.
    /// - Throws: `RuntimeError`; nothing half-made remains then.
    public func create(
        _ request: ContainerRequest,
        name: String? = nil,
        cause: Cause? = nil
    ) async throws -> CreatedContainer {
        try RequestValidator.check(request, host: facts)
        let image = try await resolve(request.image)
        let merged = try request.merged(with: image.config.config)
        let wishes = try MountPlan.wishes(of: merged, inherited: try inheritedMounts(merged.host.volumesFrom))
        try await checkNetwork(of: merged)
        let id = effects.hexID()
        let finalName = try reserveName(name, for: id)
        do {
            let cell = try await make(merged, id: id, name: finalName, image: image, wishes: wishes)
            registry.add(cell, name: finalName)
            publish(.created(container: id, image: request.image), of: cell, cause: cause)
            return CreatedContainer(id: id, warnings: warnings(for: merged))
        } catch {
            registry.release(name: finalName, of: id)
            await discard(id)
            throw error
        }
    }

    /// The image of a request.
    private func resolve(_ reference: String) async throws -> Image {
        do {
            return try await images.resolve(reference)
        } catch let error as ImageError where error.code == .notFound {
            throw RuntimeError(.imageNotFound, error.message, cause: error)
        }
    }

    private func reserveName(_ name: String?, for id: String) throws(RuntimeError) -> String {
        if let name, !name.isEmpty {
            let valid = try ContainerName.validate(name)
            try registry.reserve(name: valid, for: id)
            return valid
        }
        while true {
            let made = ContainerName.generate(using: effects.random) { registry.isTaken($0) }
            do {
                try registry.reserve(name: made, for: id)
                return made
            } catch  where error.code == .conflict {
                continue
            }
        }
    }

    /// The named network must exist before anything is made.
    private func checkNetwork(of request: ContainerRequest) async throws {
        guard request.sandboxID == nil else {
            _ = try sandbox(request.sandboxID ?? "")
            return
        }
        switch NetworkMode(request) {
        case .own(let names):
            guard let network else {
                throw RuntimeError(.unavailable, "no network module runs; use --network none or --network host")
            }
            for name in names where await !network.hasNetwork(name) {
                throw RuntimeError(.notFound, "network \(name) not found")
            }
        case .container(let reference): _ = try registry.find(reference)
        case .none, .host: break
        }
        guard ports != nil || (request.host.portBindings.isEmpty && !request.host.publishAllPorts) else {
            throw RuntimeError(.unavailable, "no module publishes ports; run without -p")
        }
    }

    private func make(
        _ request: ContainerRequest,
        id: String,
        name: String,
        image: Image,
        wishes: [MountRequest]
    ) async throws -> ContainerCell {
        var record = ContainerRecord(
            id: id, name: name, createdAt: effects.now, request: request, imageID: "\(image.id)",
            hostname: request.hostname.isEmpty ? String(id.prefix(12)) : request.hostname,
            machine: ContainerStateMachine(policy: request.host.restart, autoRemove: request.host.autoRemove)
        )
        // A busy port is the error of the command that asked for it, so it is found out before anything is made.
        record.ports = try await reservePorts(of: request, id: id)
        _ = try await images.makeRoot(image: image, containerID: id)
        let records = records
        let volumes = volumes
        let hasLog = request.host.log.driver != "none"
        let half = record
        record = try await BlockingPool.shared.run {
            var record = half
            try records.makeDirectory(id)
            record.mounts = try MountSources.make(wishes, volumes: volumes)
            if hasLog { record.logPath = "\(records.directory(id))/\(id)-json.log" }
            try records.save(record)
            return record
        }
        return ContainerCell(record: record)
    }

    /// Takes back what a failed `create` left.
    private func discard(_ id: String) async {
        await ports?.release(containerID: id)
        do {
            try await images.removeRoot(containerID: id)
            let records = records
            try await BlockingPool.shared.run { try records.remove(id) }
        } catch {
            logger.error(
                "failed to take back a half-made container; it is swept at the next start",
                metadata: ["container": "\(id)", "error": "\(error)"]
            )
        }
    }

    // MARK: - Ports

    /// Takes the host ports of a request; empty when it publishes none.
    func reservePorts(of request: ContainerRequest, id: String) async throws -> [PortBinding] {
        guard let ports else { return [] }
        var wanted: [PortRequest] = []
        for (port, wishes) in request.host.portBindings.sorted(by: { $0.key < $1.key }) {
            for wish in wishes {
                wanted.append(
                    PortRequest(
                        containerPort: port,
                        hostAddress: wish.address.isEmpty ? configuration.defaultPublishAddress : wish.address,
                        hostPorts: try wish.candidates()
                    )
                )
            }
        }
        if request.host.publishAllPorts {
            for port in request.exposedPorts where request.host.portBindings[port] == nil {
                wanted.append(
                    PortRequest(containerPort: port, hostAddress: configuration.defaultPublishAddress, hostPorts: [])
                )
            }
        }
        return wanted.isEmpty ? [] : try await ports.reserve(wanted, containerID: id)
    }

    // MARK: - Mounts and warnings

    /// Mounts of other containers that the request takes over.
    private func inheritedMounts(_ references: [String]) throws(RuntimeError) -> [MountRequest] {
        var out: [MountRequest] = []
        for reference in references {
            let parts = reference.split(separator: ":", maxSplits: 1).map(String.init)
            let other = try registry.find(parts.first ?? "").record
            for mount in other.mounts where mount.kind != .tmpfs {
                var wish = mount.wish
                if mount.kind == .volume { wish.source = mount.volumeName }
                if parts.count > 1, parts[1] == "ro" { wish.readOnly = true }
                out.append(wish)
            }
        }
        return out
    }

    private func warnings(for request: ContainerRequest) -> [String] {
        var out: [String] = []
        if request.host.privileged, !request.host.capAdd.isEmpty || !request.host.capDrop.isEmpty {
            out.append("a privileged container has every capability; cap-add and cap-drop change nothing")
        }
        return out
    }
}

/// Finds or makes what mounts begin at on the host. Blocks.
enum MountSources {
    static func make(_ wishes: [MountRequest], volumes: VolumeStore) throws -> [MountPoint] {
        var out: [MountPoint] = []
        for wish in wishes {
            switch wish.kind {
            case .tmpfs:
                out.append(
                    MountPoint(wish: wish, volumeName: "", source: "", isAnonymous: false, wantsImageContent: false)
                )
            case .bind:
                try checkBindSource(wish)
                out.append(
                    MountPoint(
                        wish: wish, volumeName: "", source: wish.source, isAnonymous: false, wantsImageContent: false
                    )
                )
            case .volume:
                let name = wish.source.isEmpty ? nil : wish.source
                let made = try volumes.create(name: name, labels: wish.volumeLabels)
                out.append(
                    MountPoint(
                        wish: wish, volumeName: made.volume.name, source: made.volume.path,
                        isAnonymous: made.volume.isAnonymous, wantsImageContent: !wish.noCopy
                    )
                )
            }
        }
        return out
    }

    /// The short form makes a missing directory, the long form refuses (docker-oci.md §4.6).
    private static func checkBindSource(_ wish: MountRequest) throws {
        if File.exists(wish.source) { return }
        guard wish.createSource else {
            throw RuntimeError(
                .invalid, "invalid mount config for type \"bind\": bind source path does not exist: \(wish.source)"
            )
        }
        try Directory.make(wish.source)
    }
}
