import Cluster
import Document

/// Makes pods from the template of a controller.
enum PodTemplate {
    /// A pod as `owner`'s template asks for it, owned by it; the store completes the name.
    static func pod(of owner: StoredObject) -> JSONValue {
        let template = owner.value["spec", "template"] ?? .null
        var metadata: JSONValue = [
            "generateName": .string("\(owner.key.name)-"),
            "ownerReferences": [OwnerReference(controller: owner).json],
        ]
        for member in ["labels", "annotations", "finalizers"] {
            if let value = template["metadata", member] { metadata[member] = value }
        }
        return ["apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"] ?? .null]
    }
}
