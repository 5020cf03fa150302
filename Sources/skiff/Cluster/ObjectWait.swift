import Clients
import Document
import Effects

/// Waits for one object by watching it; no polling.
struct ObjectWait {
    let client: KubernetesClient
    let resource: APIResource
    let namespace: String?
    let name: String

    /// What an observer makes of the newest state; nil object means that it does not exist.
    enum Verdict<Value> {
        case done(Value)
        case goOn
    }

    /// Shows every state of the object, the present one first, to `observe` until it is satisfied.
    ///
    /// - Parameter limit: the time until the wait fails; nil is for ever.
    func until<Value>(limit: TimeLimit?, _ observe: (JSONValue?) throws -> Verdict<Value>) throws -> Value {
        let time = Effects.live.time
        let deadline = limit.map { time.monotonic + $0.duration }
        while true {
            let list = try client.list(resource, namespace: namespace, .init(fields: "metadata.name=\(name)"))
            if case .done(let value) = try observe(list["items"]?[0]) { return value }
            let left = deadline.map { ($0 - time.monotonic).inSeconds.rounded(.up) }
            if let left, left <= 0 { throw timedOut(limit) }
            let stream = try client.watch(
                resource, namespace: namespace, .init(fields: "metadata.name=\(name)"),
                from: list["metadata"]?["resourceVersion"]?.stringValue ?? "0",
                query: left.map { [("timeoutSeconds", "\(Int($0))")] } ?? [])
            while let event = try stream.nextJSON() {
                if event["type"] == "ERROR" { break }
                let object = event["type"] == "DELETED" ? nil : event["object"]
                if case .done(let value) = try observe(object) { return value }
                if let deadline, time.monotonic >= deadline { throw timedOut(limit) }
            }
        }
    }

    /// Waits until the object with this uid is gone.
    func untilGone(uid: String?, limit: TimeLimit?) throws {
        try until(limit: limit) { object in
            let isSame = uid == nil || object?["metadata"]?["uid"]?.stringValue == uid
            return object == nil || !isSame ? .done(()) : .goOn
        }
    }

    private func timedOut(_ limit: TimeLimit?) -> CommandFailure {
        CommandFailure("timed out after \(limit?.description ?? "no time") waiting for \(resource.reference(name))")
    }
}
