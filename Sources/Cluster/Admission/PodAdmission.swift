import Document
import Effects

/// What the state of the cluster adds to a new pod: its service account and the usual tolerations.
struct PodAdmission {
    let key: ObjectKey

    /// Adds account, pull secrets and tolerations; throws `Forbidden` when the account does not exist.
    func admit(_ value: inout JSONValue, in transaction: Transaction) throws(ClusterError) {
        try addServiceAccount(&value, in: transaction)
        addTolerations(&value)
        addPriority(&value)
    }

    /// The two classes that Kubernetes always has.
    private func addPriority(_ value: inout JSONValue) {
        switch value["spec"]?["priorityClassName"]?.stringValue {
        case "system-node-critical": value["spec", "priority"] = 2_000_001_000
        case "system-cluster-critical": value["spec", "priority"] = 2_000_000_000
        default: break
        }
    }

    private func addServiceAccount(_ value: inout JSONValue, in transaction: Transaction) throws(ClusterError) {
        let name = value["spec"]?["serviceAccountName"]?.stringValue ?? ""
        let account = name.isEmpty ? "default" : name
        value["spec", "serviceAccountName"] = .string(account)
        value["spec", "serviceAccount"] = .string(account)
        let place = ObjectKey(.serviceAccounts, namespace: key.namespace, name: account)
        guard let stored = transaction[place] else {
            throw .forbidden(
                key,
                "error looking up service account \(key.namespace)/\(account): serviceaccount \"\(account)\" not found")
        }
        let secrets = stored.value["imagePullSecrets"]
        if value["spec"]?["imagePullSecrets"] == nil, let secrets { value["spec", "imagePullSecrets"] = secrets }
        let automounts =
            value["spec"]?["automountServiceAccountToken"]?.boolValue
            ?? stored.value["automountServiceAccountToken"]?.boolValue ?? true
        if automounts { addTokenVolume(&value, in: transaction) }
    }

    private static let tokenDirectory = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// Mounts the account's token, the cluster's certificate and the namespace's name where client libraries look.
    private func addTokenVolume(_ value: inout JSONValue, in transaction: Transaction) {
        let letters = Array("bcdfghjklmnpqrstvwxz2456789")
        let suffix = (0..<5).map { _ in
            letters[Int(transaction.effects.random.number(in: 0..<UInt64(letters.count)))]
        }
        let name = JSONValue.string("kube-api-access-" + String(suffix))
        var isMounted = false
        for list in ["initContainers", "containers"] {
            guard var containers = value["spec"]?[list]?.arrayValue else { continue }
            for index in containers.indices {
                var mounts = containers[index]["volumeMounts"]?.arrayValue ?? []
                if mounts.contains(where: { $0["mountPath"]?.stringValue == Self.tokenDirectory }) { continue }
                mounts.append(["name": name, "readOnly": true, "mountPath": .string(Self.tokenDirectory)])
                containers[index]["volumeMounts"] = .array(mounts)
                isMounted = true
            }
            value["spec", list] = .array(containers)
        }
        guard isMounted else { return }
        var volumes = value["spec"]?["volumes"]?.arrayValue ?? []
        volumes.append([
            "name": name,
            "projected": [
                "sources": [
                    ["serviceAccountToken": ["expirationSeconds": 3607, "path": "token"]],
                    [
                        "configMap": [
                            "name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]],
                        ]
                    ],
                    [
                        "downwardAPI": [
                            "items": [
                                [
                                    "path": "namespace",
                                    "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"],
                                ]
                            ]
                        ]
                    ],
                ],
                "defaultMode": 420,
            ],
        ])
        value["spec", "volumes"] = .array(volumes)
    }

    /// As Kubernetes: an absent node is tolerated for five minutes.
    private func addTolerations(_ value: inout JSONValue) {
        var tolerations = value["spec"]?["tolerations"]?.arrayValue ?? []
        for taint in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let isCovered = tolerations.contains { toleration in
                let key = toleration["key"]?.stringValue ?? ""
                let effect = toleration["effect"]?.stringValue ?? ""
                return (key == taint || key.isEmpty) && (effect == "NoExecute" || effect.isEmpty)
            }
            if isCovered { continue }
            tolerations.append([
                "key": .string(taint), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300,
            ])
        }
        value["spec", "tolerations"] = .array(tolerations)
    }
}

/// Which fields of a pod may change after creation.
enum PodUpdateRules {
    /// Notes a change of any other field than images, tolerations (added), deadline and grace.
    static func check(_ value: JSONValue, old: JSONValue, causes: inout FieldCauses) {
        guard let spec = value["spec"], let before = old["spec"], spec != before else { return }
        checkTolerations(spec, before, causes: &causes)
        checkDeadline(spec, before, causes: &causes)
        if withoutMutableFields(spec) != withoutMutableFields(before) {
            causes.forbidden(
                "spec",
                "pod updates may not change fields other than `spec.containers[*].image`,"
                    + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions "
                    + "to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it "
                    + "was previously negative)")
        }
    }

    private static func checkTolerations(_ spec: JSONValue, _ old: JSONValue, causes: inout FieldCauses) {
        let now = spec["tolerations"]?.arrayValue ?? []
        for toleration in old["tolerations"]?.arrayValue ?? [] where !now.contains(toleration) {
            causes.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")
            return
        }
    }

    private static func checkDeadline(_ spec: JSONValue, _ old: JSONValue, causes: inout FieldCauses) {
        guard let before = old["activeDeadlineSeconds"]?.intValue else { return }
        guard let now = spec["activeDeadlineSeconds"]?.intValue, now <= before else {
            causes.invalid(
                "spec.activeDeadlineSeconds", spec["activeDeadlineSeconds"] ?? .null,
                "must be less than or equal to previous value")
            return
        }
    }

    private static func withoutMutableFields(_ spec: JSONValue) -> JSONValue {
        var spec = spec
        spec["tolerations"] = nil
        spec["activeDeadlineSeconds"] = nil
        for list in ["containers", "initContainers"] where spec[list] != nil {
            spec.updateObject { object in
                object.update(list) { containers in
                    containers.updateArray { elements in
                        for index in elements.indices { elements[index]["image"] = nil }
                    }
                }
            }
        }
        return spec
    }
}
