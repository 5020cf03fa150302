import Cluster
import Document

/// A reference to the object that an object belongs to (meta/v1 OwnerReference).
struct OwnerReference: Sendable, Hashable {
    var apiVersion: String
    var kind: String
    var name: String
    var uid: String
    var isController = false
    var blocksDeletion = false

    init(
        apiVersion: String, kind: String, name: String, uid: String, isController: Bool = false,
        blocksDeletion: Bool = false
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
        self.uid = uid
        self.isController = isController
        self.blocksDeletion = blocksDeletion
    }

    init(json: JSONValue) {
        self.init(
            apiVersion: json.text("apiVersion"), kind: json.text("kind"), name: json.text("name"),
            uid: json.text("uid"), isController: json["controller"]?.boolValue ?? false,
            blocksDeletion: json["blockOwnerDeletion"]?.boolValue ?? false)
    }

    /// A controller's reference to `owner`.
    init(controller owner: StoredObject) {
        self.init(
            apiVersion: owner.value.text("apiVersion"), kind: owner.value.text("kind"), name: owner.key.name,
            uid: owner.uid, isController: true, blocksDeletion: true)
    }

    var json: JSONValue {
        [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
            "controller": .bool(isController), "blockOwnerDeletion": .bool(blocksDeletion),
        ]
    }
}

extension StoredObject {
    /// Everything the object belongs to.
    var owners: [OwnerReference] { value.items("metadata", "ownerReferences").map(OwnerReference.init(json:)) }

    /// The controller that manages the object; there is at most one.
    var controller: OwnerReference? { owners.first(where: \.isController) }
}

extension JSONValue {
    /// Adds an owner reference, replacing one to the same uid.
    mutating func addOwner(_ owner: OwnerReference) {
        let others = items("metadata", "ownerReferences").filter { $0.text("uid") != owner.uid }
        self["metadata", "ownerReferences"] = .array(others + [owner.json])
    }

    /// Removes the references to the given uids.
    mutating func removeOwners(_ uids: Set<String>) {
        let kept = items("metadata", "ownerReferences").filter { !uids.contains($0.text("uid")) }
        self["metadata", "ownerReferences"] = kept.isEmpty ? nil : .array(kept)
    }
}
