import Document
import Effects
import Images
import OCI

/// Images as the Engine API shows them (docker-oci.md §4.3).
enum ImageView {
    /// One row of a list.
    static func summary(_ image: Image) -> JSONValue {
        [
            "Id": .string(image.id.description), "ParentId": "",
            "RepoTags": .array(image.references.map { .string($0.familiar) }),
            "RepoDigests": .array(image.repositoryDigests.map { .string($0.familiar) }),
            "Created": .integer(created(image).nanoseconds / 1_000_000_000),
            "Size": .integer(image.sizeBytes), "VirtualSize": .integer(image.sizeBytes), "SharedSize": -1,
            "Labels": labels(image.config.config?.labels), "Containers": -1,
        ]
    }

    /// The whole image.
    static func detail(_ image: Image) -> JSONValue {
        let execution = execution(image.config.config ?? ImageConfig.Execution())
        return [
            "Id": .string(image.id.description),
            "RepoTags": .array(image.references.map { .string($0.familiar) }),
            "RepoDigests": .array(image.repositoryDigests.map { .string($0.familiar) }),
            "Parent": "", "Comment": .string(image.config.comment ?? ""),
            "Created": .string(image.config.created ?? "0001-01-01T00:00:00Z"),
            // Compose of the first generation fails without these two.
            "Container": "", "ContainerConfig": execution,
            "DockerVersion": "", "Author": .string(image.config.author ?? ""), "Config": execution,
            "Architecture": .string(image.config.architecture), "Variant": .string(image.config.variant ?? ""),
            "Os": .string(image.config.os), "Size": .integer(image.sizeBytes), "VirtualSize": .integer(image.sizeBytes),
            "GraphDriver": ["Name": "overlay2", "Data": [:]],
            "RootFS": ["Type": "layers", "Layers": .array(image.layers.map { .string($0.diffID.description) })],
            "Metadata": ["LastTagTime": .string(image.storedAt.rfc3339Nano)],
        ]
    }

    /// One row of a history.
    static func history(_ entry: ImageHistoryEntry) -> JSONValue {
        [
            "Id": .string(entry.id?.description ?? "<missing>"),
            "Created": .integer((entry.created.flatMap { Timestamp(rfc3339: $0) }?.nanoseconds ?? 0) / 1_000_000_000),
            "CreatedBy": .string(entry.createdBy),
            "Tags": entry.references.isEmpty ? .null : .array(entry.references.map { .string($0.familiar) }),
            "Size": .integer(entry.sizeBytes), "Comment": .string(entry.comment),
        ]
    }

    /// What removing did.
    static func removal(_ step: ImageRemoval) -> JSONValue {
        switch step {
        case .untagged(let reference): ["Untagged": .string(reference.familiar)]
        case .deleted(let id): ["Deleted": .string(id.description)]
        }
    }

    /// When the image was made, by its configuration; when the store got it, if that does not say.
    static func created(_ image: Image) -> Timestamp {
        image.config.created.flatMap { Timestamp(rfc3339: $0) } ?? image.storedAt
    }

    private static func execution(_ config: ImageConfig.Execution) -> JSONValue {
        var value: JSONValue = [
            "Hostname": "", "Domainname": "", "User": .string(config.user ?? ""), "AttachStdin": false,
            "AttachStdout": false, "AttachStderr": false, "Tty": false, "OpenStdin": false, "StdinOnce": false,
            "Env": list(config.env), "Cmd": list(config.cmd), "Image": "",
            "Volumes": set(config.volumes), "WorkingDir": .string(config.workingDir ?? ""),
            "Entrypoint": list(config.entrypoint), "OnBuild": list(config.onBuild), "Labels": labels(config.labels),
        ]
        if config.exposedPorts != nil { value["ExposedPorts"] = set(config.exposedPorts) }
        if let signal = config.stopSignal { value["StopSignal"] = .string(signal) }
        if let seconds = config.stopTimeoutSeconds { value["StopTimeout"] = .integer(Int64(seconds)) }
        if config.shell != nil { value["Shell"] = list(config.shell) }
        if let check = config.healthcheck, let encoded = try? JSONValue(encoding: check) {
            value["Healthcheck"] = encoded
        }
        return value
    }

    private static func list(_ items: [String]?) -> JSONValue {
        items.map { .array($0.map { .string($0) }) } ?? .null
    }

    private static func set(_ items: ObjectSet?) -> JSONValue {
        guard let items else { return .null }
        var object = JSONObject()
        for item in items.sorted { object[item] = .object(JSONObject()) }
        return .object(object)
    }

    private static func labels(_ labels: [String: String]?) -> JSONValue {
        guard let labels else { return .null }
        var object = JSONObject()
        for (name, value) in labels.sorted(by: { $0.key < $1.key }) { object[name] = .string(value) }
        return .object(object)
    }
}
