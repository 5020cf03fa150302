import Cluster
import Document
import Effects
import HTTPService
import HTTPTypes
import HummingbirdCore
import NIOCore

/// How much of each object a table's rows carry (`includeObject`).
enum TableInclusion: Sendable {
    case none, metadata, object

    init(_ call: APICall) throws(ClusterError) {
        switch call.query["includeObject"] {
        case nil, "", "Metadata": self = .metadata
        case "None": self = .none
        case "Object": self = .object
        case let text?: throw .badRequest("includeObject must be None, Metadata or Object, found \"\(text)\"")
        }
    }

    var renderer: TableRenderer.IncludeObject {
        switch self {
        case .none: .none
        case .metadata: .metadata
        case .object: .object
        }
    }
}

/// Answers with one object or a list of them, in the form that was asked for. Whole objects go out as the store's own
/// bytes.
struct ObjectAnswer {
    private let resource: ResourceKind
    private let form: AnswerForm
    private let inclusion: TableInclusion
    private let effects: Effects

    init(_ resource: ResourceKind, _ form: AnswerForm, _ call: APICall, _ effects: Effects) throws(ClusterError) {
        self.resource = resource
        self.form = form
        self.inclusion = try TableInclusion(call)
        self.effects = effects
    }

    /// One object.
    func response(
        _ stored: StoredObject, status: HTTPResponse.Status = .ok, warnings: [String] = []
    ) -> Response {
        switch self.form.shape {
        case .whole where self.form.encoding == .json:
            return APIResponse.json(self.resource.bytes(of: stored), status: status, warnings: warnings)
        case .whole:
            return APIResponse.value(
                self.resource.value(of: stored), encoding: self.form.encoding, status: status, warnings: warnings)
        case .metadata:
            return APIResponse.value(
                PartialMetadata.object(stored), encoding: self.form.encoding, status: status, warnings: warnings)
        case .table:
            let metadata: JSONValue = ["resourceVersion": .string("\(stored.resourceVersion)")]
            return self.table([stored], metadata, status: status, warnings: warnings)
        }
    }

    /// A page of objects.
    func response(_ result: ListResult) -> Response {
        switch self.form.shape {
        case .table:
            return self.table(result.items, result.metadata)
        case .metadata:
            return APIResponse.value(PartialMetadata.list(result), encoding: self.form.encoding)
        case .whole:
            guard self.form.encoding == .yaml else {
                return APIResponse.json(WatchFrame.list(result, resource: self.resource))
            }
            return APIResponse.value(
                [
                    "kind": .string(self.resource.listKind), "apiVersion": .string(self.resource.apiVersion),
                    "metadata": result.metadata,
                    "items": .array(result.items.map { self.resource.value(of: $0) }),
                ], encoding: .yaml)
        }
    }

    private func table(
        _ objects: [StoredObject], _ metadata: JSONValue, status: HTTPResponse.Status = .ok, warnings: [String] = []
    ) -> Response {
        let table = TableRenderer(kind: self.resource).table(
            objects: objects, includeObject: self.inclusion.renderer, listMetadata: metadata, now: self.effects.now)
        return APIResponse.value(table, encoding: self.form.encoding, status: status, warnings: warnings)
    }
}
