import Document

/// `autoscaling/v1` Scale: a view of the replicas of a workload.
public enum Scale {
    /// The scale of a stored workload.
    public static func json(of object: StoredObject) -> JSONValue {
        let value = object.value
        var metadata = JSONObject()
        for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            metadata[field] = value["metadata"]?[field]
        }
        var status: JSONValue = ["replicas": .integer(value["status"]?["replicas"]?.intValue ?? 0)]
        if let selector = try? LabelSelector(json: value["spec"]?["selector"] ?? .null), !selector.isEmpty {
            status["selector"] = .string(selector.description)
        }
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": .object(metadata),
            "spec": ["replicas": .integer(value["spec"]?["replicas"]?.intValue ?? 0)], "status": status,
        ]
    }

    /// The workload with the replicas that a written scale wants; throws `Invalid` for numbers below 0.
    static func applying(_ scale: JSONValue, to object: StoredObject) throws(ClusterError) -> JSONValue {
        let replicas = scale["spec"]?["replicas"] ?? 0
        var causes = FieldCauses()
        if let count = replicas.intValue {
            if count < 0 { causes.invalid("spec.replicas", replicas, "must be greater than or equal to 0") }
        } else {
            causes.typeInvalid("spec.replicas", replicas, expected: "integer")
        }
        guard causes.isEmpty else {
            throw .invalid("Scale", group: "autoscaling", name: object.name, causes: causes.causes)
        }
        var value = object.value
        value["spec", "replicas"] = .integer(replicas.intValue ?? 0)
        for field in ["resourceVersion", "uid"] {
            if let given = scale["metadata"]?[field] { value["metadata", field] = given }
        }
        return value
    }
}

extension ClusterStore {
    /// The scale of a workload; throws `NotFound`, also for kinds that have no scale.
    public func scale(_ key: ObjectKey) throws(ClusterError) -> JSONValue {
        guard try kind(key.resource).subresources.contains(.scale) else { throw .noSuchResource() }
        return Scale.json(of: try read(key))
    }
}
