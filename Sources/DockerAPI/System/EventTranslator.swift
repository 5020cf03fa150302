import Document
import Effects
import EventBus
import Runtime
import Synchronization

/// One event as Docker clients read it.
struct EventMessage {
    var type: String
    var action: String
    var id: String
    var attributes: [String: String]
    var event: Event

    var json: JSONObject {
        var out: JSONObject = ["status": .string(action), "id": .string(id)]
        if let image = attributes["image"] { out["from"] = .string(image) }
        out["Type"] = .string(type)
        out["Action"] = .string(action)
        out["Actor"] = ["ID": .string(id), "Attributes": ContainerView.labels(attributes)]
        out["scope"] = "local"
        out["time"] = .integer(event.time.seconds)
        out["timeNano"] = .integer(event.time.nanoseconds)
        return out
    }
}

/// Finds Docker's words for events of the bus. Remembers names of removed containers for as long as it lives, which is
/// one request.
final class EventTranslator: Sendable {
    /// The most containers remembered.
    private static let rememberedMax = 10_000
    private let runtime: ContainerRuntime
    private let remembered = Mutex<[String: [String: String]]>([:])

    init(runtime: ContainerRuntime) {
        self.runtime = runtime
        // Those that end while we watch must still have their names then.
        for item in runtime.list() { remember(item) }
    }

    /// The message; nil for events that Docker has no word for.
    func translate(_ event: Event) -> EventMessage? {
        switch event.payload {
        case .container(let payload):
            guard let (id, action, extra) = Self.words(for: payload) else { return nil }
            var attributes = attributes(of: id)
            for (key, value) in extra { attributes[key] = value }
            return EventMessage(type: "container", action: action, id: id, attributes: attributes, event: event)
        case .image(let payload):
            let (action, reference) = Self.words(for: payload)
            return EventMessage(
                type: "image", action: action, id: reference, attributes: ["name": reference], event: event
            )
        default: return nil
        }
    }

    private func attributes(of id: String) -> [String: String] {
        if let item = try? runtime.inspect(id) { remember(item) }
        return remembered.withLock { $0[id] ?? [:] }
    }

    private func remember(_ item: ContainerSnapshot) {
        var attributes = item.record.request.labels
        attributes["image"] = item.record.request.image
        attributes["name"] = item.record.name
        remembered.withLock { remembered in
            if remembered.count < Self.rememberedMax { remembered[item.record.id] = attributes }
        }
    }

    private static func words(for event: ContainerEvent) -> (id: String, action: String, extra: [String: String])? {
        switch event {
        case .created(let id, _): (id, "create", [:])
        case .started(let id, _): (id, "start", [:])
        case .exited(let id, let code, _): (id, "die", ["exitCode": String(code)])
        case .restarting: nil
        case .paused(let id): (id, "pause", [:])
        case .unpaused(let id): (id, "unpause", [:])
        case .killed(let id, let signal): (id, "kill", ["signal": String(signal)])
        case .outOfMemory(let id): (id, "oom", [:])
        case .healthChanged(let id, let status): (id, "health_status: \(status)", [:])
        case .renamed(let id, let name): (id, "rename", ["name": name])
        case .updated(let id): (id, "update", [:])
        case .execStarted(let id, let exec): (id, "exec_start", ["execID": exec])
        case .execExited(let id, let exec, let code): (id, "exec_die", ["execID": exec, "exitCode": String(code)])
        case .removed(let id): (id, "destroy", [:])
        }
    }

    private static func words(for event: ImageEvent) -> (action: String, reference: String) {
        switch event {
        case .tagged(let reference, _): ("tag", reference)
        case .untagged(let reference, _): ("untag", reference)
        case .pulled(let reference, _): ("pull", reference)
        case .pushed(let reference, _): ("push", reference)
        case .imported(let reference, _): ("import", reference)
        case .removed(let digest): ("delete", digest)
        }
    }
}

/// Which messages a client wants. Pure.
struct EventFilter {
    private let filters: Filters

    init(_ filters: Filters) {
        self.filters = filters
    }

    func shows(_ message: EventMessage) -> Bool {
        guard filters.allows("type", message.type), filters.allowsLabels(message.attributes) else { return false }
        let actions = filters["event"]
        // `health_status` stands for all of its values.
        guard actions.isEmpty || actions.contains(where: { message.action == $0 || message.action.hasPrefix($0 + ":") })
        else { return false }
        return meets("container", message, type: "container") && meets("image", message, type: "image")
    }

    private func meets(_ key: String, _ message: EventMessage, type: String) -> Bool {
        let wanted = filters[key]
        if wanted.isEmpty { return true }
        if key == "image", let image = message.attributes["image"], wanted.contains(image) { return true }
        guard message.type == type else { return false }
        return wanted.contains { message.id == $0 || message.id.hasPrefix($0) || message.attributes["name"] == $0 }
    }
}
