import Cluster
import Document
import EventBus
import Images
import OCI
import Runtime

/// Turns what a person types (`pod/web-1`, `container/web`, `image/app`) into the subject that events carry.
struct SubjectResolver: Sendable {
    let store: ClusterStore
    let runtime: ContainerRuntime
    let images: ImageStore

    /// The subject meant by `text`; objects without a namespace of their own are looked for in `namespace`.
    func subject(_ text: String, namespace: String) async -> Subject? {
        guard let typed = Subject(text) else { return nil }
        switch typed.kind {
        case "container": return .container((try? runtime.inspect(typed.id).record.id) ?? typed.id)
        case "image": return .image(((try? Reference(typed.id))?.withDefaultTag.familiar) ?? typed.id)
        case "build", "port", "module": return typed
        default: return object(typed, namespace: namespace)
        }
    }

    private func object(_ typed: Subject, namespace: String) -> Subject? {
        guard let kind = store.schema.find(typed.kind) else { return nil }
        let parts = typed.id.split(separator: "/", maxSplits: 1).map(String.init)
        guard kind.isNamespaced else { return .object(kind.plural, namespace: nil, name: typed.id) }
        if parts.count == 2 { return .object(kind.plural, namespace: parts[0], name: parts[1]) }
        return .object(kind.plural, namespace: namespace, name: typed.id)
    }

    /// One word for how the thing stands now; nil when nothing is known.
    func state(of subject: Subject) async -> String? {
        switch subject.kind {
        case "container": return try? runtime.inspect(subject.id).record.state.phase.rawValue
        case "image": return (try? await images.resolve(subject.id)) == nil ? "gone" : "in the store"
        case "build", "port", "module": return nil
        default: return objectState(subject)
        }
    }

    private func objectState(_ subject: Subject) -> String? {
        guard let kind = store.schema.find(subject.kind) else { return nil }
        let parts = subject.id.split(separator: "/", maxSplits: 1).map(String.init)
        let key = ObjectKey(
            kind.storage,
            namespace: kind.isNamespaced ? parts[0] : "",
            name: parts[parts.count - 1]
        )
        guard let stored = store.get(key) else { return "gone" }
        let conditions = stored.value["status", "conditions"]?.arrayValue ?? []
        let ready = conditions.first { ["Ready", "Available"].contains($0["type"]?.stringValue ?? "") }
        if let ready, let type = ready["type"]?.stringValue, let status = ready["status"]?.stringValue {
            let reason = ready["reason"]?.stringValue.map { " (\($0))" } ?? ""
            return status == "True" ? type : "not \(type)\(reason)"
        }
        return stored.value["status", "phase"]?.stringValue
    }
}
