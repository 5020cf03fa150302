import Cluster
import Document

/// The containers of a pod as its status says: which one a request means and whether it can be reached. Pure.
struct PodContainers {
    private let pod: StoredObject
    private let target: PodTarget

    init(_ pod: StoredObject) {
        self.pod = pod
        self.target = PodTarget(namespace: pod.namespace, name: pod.name, uid: pod.uid)
    }

    private var names: [String] {
        ["initContainers", "containers", "ephemeralContainers"].flatMap { list in
            self.pod.value["spec"]?[list]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
        }
    }

    private func status(of name: String) -> JSONValue? {
        for list in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
            if let status = self.pod.value["status"]?[list]?.arrayValue?.first(where: {
                $0["name"]?.stringValue == name
            }) {
                return status
            }
        }
        return nil
    }

    /// The container a request names; without a name the default one of the annotation, or the only one.
    private func resolve(_ wanted: String?) throws(ClusterError) -> String {
        let names = self.names
        if let wanted, !wanted.isEmpty {
            guard names.contains(wanted) else {
                throw .badRequest("container \(wanted) is not valid for pod \(self.pod.name)")
            }
            return wanted
        }
        let annotation = self.pod.value["metadata"]?["annotations"]?["kubectl.kubernetes.io/default-container"]
        if let name = annotation?.stringValue, names.contains(name) { return name }
        guard names.count == 1 else {
            throw .badRequest(
                "a container name must be specified for pod \(self.pod.name), choose one of: "
                    + "[\(names.joined(separator: " "))]")
        }
        return names[0]
    }

    private func target(_ name: String, _ status: JSONValue?, id: String) -> ContainerTarget {
        let bare = id.firstRange(of: "://").map { String(id[$0.upperBound...]) } ?? id
        return ContainerTarget(
            pod: self.target, name: name, containerID: bare,
            restartCount: Int(clamping: status?["restartCount"]?.intValue ?? 0))
    }

    /// The container whose log is asked for; throws 400 for one that never ran.
    func forLog(_ wanted: String?, previous: Bool) throws(ClusterError) -> ContainerTarget {
        let name = try self.resolve(wanted)
        let status = self.status(of: name)
        if previous {
            guard let id = status?["lastState"]?["terminated"]?["containerID"]?.stringValue, !id.isEmpty else {
                throw .badRequest("previous terminated container \"\(name)\" in pod \"\(self.pod.name)\" not found")
            }
            return self.target(name, status, id: id)
        }
        // A container between two runs shows the last one's log.
        let ids = [
            status?["containerID"], status?["state"]?["terminated"]?["containerID"],
            status?["lastState"]?["terminated"]?["containerID"],
        ]
        guard let id = ids.lazy.compactMap({ $0?.stringValue }).first(where: { !$0.isEmpty }) else {
            let reason = status?["state"]?["waiting"]?["reason"]?.stringValue ?? "ContainerCreating"
            throw .badRequest("container \"\(name)\" in pod \"\(self.pod.name)\" is waiting to start: \(reason)")
        }
        return self.target(name, status, id: id)
    }

    /// The container to enter; throws 400 for one that does not run.
    func running(_ wanted: String?) throws(ClusterError) -> ContainerTarget {
        let name = try self.resolve(wanted)
        let status = self.status(of: name)
        guard status?["state"]?["running"] != nil, let id = status?["containerID"]?.stringValue, !id.isEmpty else {
            throw .badRequest("container \"\(name)\" in pod \"\(self.pod.name)\" is not running")
        }
        return self.target(name, status, id: id)
    }

    /// The pod itself; throws 400 unless it runs.
    func runningPod() throws(ClusterError) -> PodTarget {
        let phase = self.pod.value["status"]?["phase"]?.stringValue ?? "Pending"
        guard phase == "Running" else {
            throw .badRequest("pod \"\(self.pod.name)\" is not running, its phase is \(phase)")
        }
        return self.target
    }
}
