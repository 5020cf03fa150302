import Cluster
import Document
import Effects
import HTTPService
import HTTPTypes
import HummingbirdCore
import NIOCore

/// GET, LIST and WATCH.
struct ReadRoutes {
    private let store: ClusterStore
    private let effects: Effects

    init(_ dependencies: KubernetesAPI.Dependencies) {
        self.store = dependencies.store
        self.effects = dependencies.effects
    }

    func answer(_ target: ResourceTarget, _ call: APICall) async throws -> Response {
        let form = try AnswerForm(call.request)
        switch target.verb {
        case .watch: return try self.watch(target, form, call)
        case .list: return try self.list(target, form, call)
        default:
            let stored = try self.store.read(target.key)
            return try ObjectAnswer(target.resource, form, call, self.effects).response(stored)
        }
    }

    // MARK: - List

    private func list(_ target: ResourceTarget, _ form: AnswerForm, _ call: APICall) throws -> Response {
        if try call.flag("sendInitialEvents") {
            throw ClusterError.badRequest("sendInitialEvents is forbidden for list")
        }
        let options = try Selection(call).listOptions(call)
        let result = try self.store.list(target.resource.storage, namespace: target.listNamespace, options: options)
        return try ObjectAnswer(target.resource, form, call, self.effects).response(result)
    }

    // MARK: - Watch

    private func watch(_ target: ResourceTarget, _ form: AnswerForm, _ call: APICall) throws -> Response {
        let selection = try Selection(call)
        var labelsAndFields = selection
        if !target.name.isEmpty { try labelsAndFields.requireName(target.name) }
        var options = WatchOptions(labels: labelsAndFields.labels, fields: labelsAndFields.fields)
        options.resourceVersion = try selection.resourceVersion(call)
        options.allowBookmarks = try call.flag("allowWatchBookmarks")
        options.sendInitialEvents = try call.flag("sendInitialEvents")
        if options.sendInitialEvents {
            guard call.query["resourceVersionMatch"] == "NotOlderThan", options.allowBookmarks else {
                throw ClusterError.invalid(
                    "ListOptions", group: "meta.k8s.io", name: "",
                    causes: [
                        Status.Cause(
                            reason: "FieldValueForbidden",
                            message: "Forbidden: sendInitialEvents requires setting resourceVersionMatch to "
                                + "NotOlderThan and allowWatchBookmarks to true",
                            field: "sendInitialEvents")
                    ])
            }
        } else if call.query["resourceVersionMatch"] != nil {
            throw ClusterError.badRequest(
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is true")
        }
        let timeout = try call.number("timeoutSeconds").flatMap { $0 > 0 ? $0 : nil }
        options.timeout = .seconds(min(timeout ?? Self.defaultWatchSeconds, Self.longestWatchSeconds))
        let watch = try self.store.watch(
            target.resource.storage, namespace: target.listNamespace, options: options)
        return WatchBody(
            watch: watch, target: target, form: form, includeObject: try TableInclusion(call), effects: self.effects
        )
        .response
    }

    /// Seconds a watch lasts when the client names no end.
    private static let defaultWatchSeconds: Int64 = 2700
    /// Seconds a watch lasts at most.
    private static let longestWatchSeconds: Int64 = 3600
}

/// Selectors and versions of a list or watch request.
struct Selection {
    var labels: LabelSelector
    var fields: FieldSelector

    init(_ call: APICall) throws(ClusterError) {
        self.labels = try LabelSelector.parse(call.query["labelSelector"] ?? "")
        self.fields = try FieldSelector.parse(call.query["fieldSelector"] ?? "")
    }

    /// A watch of one name, as `/pods/x?watch=1` asks for it.
    mutating func requireName(_ name: String) throws(ClusterError) {
        self.fields = try FieldSelector.parse("metadata.name=\(name)")
    }

    /// The revision the client knows; nil when it names none.
    func resourceVersion(_ call: APICall) throws(ClusterError) -> UInt64? {
        guard let text = call.query["resourceVersion"], !text.isEmpty else { return nil }
        guard let version = UInt64(text) else { throw .badRequest("invalid resource version: \"\(text)\"") }
        return version
    }

    func listOptions(_ call: APICall) throws(ClusterError) -> ListOptions {
        var options = ListOptions(labels: self.labels, fields: self.fields)
        options.limit = try call.number("limit").map { Int(clamping: $0) }
        options.continueToken = call.query["continue"].flatMap { $0.isEmpty ? nil : $0 }
        options.resourceVersion = try self.resourceVersion(call)
        if let match = call.query["resourceVersionMatch"], !match.isEmpty {
            guard let known = ListOptions.ResourceVersionMatch(rawValue: match) else {
                throw .badRequest("resourceVersionMatch must be Exact or NotOlderThan, found \"\(match)\"")
            }
            options.resourceVersionMatch = known
        }
        return options
    }
}
