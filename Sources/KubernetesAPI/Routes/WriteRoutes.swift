import Cluster
import Document
import Effects
import HTTPService
import HTTPTypes
import HummingbirdCore

/// POST, PUT, PATCH and DELETE of objects.
struct WriteRoutes {
    private let store: ClusterStore
    private let effects: Effects

    init(_ dependencies: KubernetesAPI.Dependencies) {
        self.store = dependencies.store
        self.effects = dependencies.effects
    }

    func answer(_ target: ResourceTarget, _ call: APICall) async throws -> Response {
        switch target.verb {
        case .create: return try await self.create(target, call)
        case .update: return try await self.update(target, nil, call)
        case .patch: return try await self.patch(target, nil, call)
        case .delete: return try await self.delete(target, call)
        default: return try await self.deleteCollection(target, call)
        }
    }

    private func create(_ target: ResourceTarget, _ call: APICall) async throws -> Response {
        let context = try WriteContext(call, userAgent: call.request.headers[.userAgent])
        let body = try await call.object(of: target.resource)
        let result = try await self.store.create(
            target.resource.storage, namespace: target.namespace, body: body, context: context)
        return try self.respond(result, target, call)
    }

    /// PUT, also of a subresource that shows the object itself.
    func update(_ target: ResourceTarget, _ part: Subresource?, _ call: APICall) async throws -> Response {
        let context = try WriteContext(call, userAgent: call.request.headers[.userAgent])
        let body = try await call.object(of: target.resource)
        let result = try await self.store.update(target.key, body: body, subresource: part, context: context)
        return try self.respond(result, target, call)
    }

    /// PATCH, also of a subresource that shows the object itself.
    func patch(_ target: ResourceTarget, _ part: Subresource?, _ call: APICall) async throws -> Response {
        let (patch, context) = try await call.patch(of: target.resource)
        let result = try await self.store.patch(
            target.key, patch: try target.resource.stored(patch), subresource: part, context: context)
        return try self.respond(result, target, call)
    }

    private func respond(_ result: WriteResult, _ target: ResourceTarget, _ call: APICall) throws -> Response {
        try ObjectAnswer(target.resource, AnswerForm(call.request), call, self.effects)
            .response(result.object, status: result.created ? .created : .ok, warnings: result.warnings)
    }

    private func delete(_ target: ResourceTarget, _ call: APICall) async throws -> Response {
        let (options, context) = try await call.deleteOptions()
        let result = try await self.store.delete(target.key, options: options, context: context)
        return try DeletionAnswer(target, call, self.effects).response(result)
    }

    private func deleteCollection(_ target: ResourceTarget, _ call: APICall) async throws -> Response {
        let selection = try Selection(call)
        let (options, context) = try await call.deleteOptions()
        let objects = try await self.store.deleteCollection(
            target.resource.storage, namespace: target.listNamespace,
            options: ListOptions(labels: selection.labels, fields: selection.fields), delete: options,
            context: context)
        return APIResponse.value([
            "kind": .string(target.resource.listKind), "apiVersion": .string(target.resource.apiVersion),
            "metadata": ["resourceVersion": .string("\(self.store.resourceVersion)")],
            "items": .array(objects.map { target.resource.value(of: $0) }),
        ])
    }
}

/// The answer to a deletion: `Success` when the object is gone, the object when it still waits.
struct DeletionAnswer {
    private let target: ResourceTarget
    private let call: APICall
    private let effects: Effects

    init(_ target: ResourceTarget, _ call: APICall, _ effects: Effects) {
        self.target = target
        self.call = call
        self.effects = effects
    }

    func response(_ result: DeleteResult) throws -> Response {
        switch result {
        case .removed(let object):
            let resource = self.target.resource
            let details = Status.Details(
                name: object.name, group: resource.group, kind: resource.plural, uid: object.uid)
            return APIResponse.value(Status.success(details))
        case .marked(let object):
            return try ObjectAnswer(self.target.resource, AnswerForm(self.call.request), self.call, self.effects)
                .response(object)
        }
    }
}

extension APICall {
    /// The body as an object of a resource.
    func object(of resource: ResourceKind) async throws -> ObjectBody {
        try await self.object(apiVersion: resource.apiVersion, kind: resource.kind)
    }

    /// The body as an object of a kind.
    func object(apiVersion: String, kind: String) async throws -> ObjectBody {
        try ObjectBody(
            bytes: try await self.body(), mediaType: self.mediaType, apiVersion: apiVersion, kind: kind)
    }

    /// The body as a patch, by its media type, and the context to write it in.
    func patch(of resource: ResourceKind) async throws -> (Patch, WriteContext) {
        let mediaType = self.mediaType
        let isApply = mediaType == "application/apply-patch+yaml"
        let context = try WriteContext(self, userAgent: self.request.headers[.userAgent], isApply: isApply)
        if isApply {
            let body = try ObjectBody(
                bytes: try await self.body(), mediaType: "application/yaml", apiVersion: resource.apiVersion,
                kind: resource.kind)
            return (.apply(body), context)
        }
        guard !context.force else { throw ClusterError.badRequest("force is forbidden for non-apply patch") }
        switch mediaType {
        case "application/json-patch+json": return (.json(try JSONReader.parse(try await self.body())), context)
        case "application/merge-patch+json": return (.merge(try JSONReader.parse(try await self.body())), context)
        case "application/strategic-merge-patch+json":
            return (.strategic(try JSONReader.parse(try await self.body())), context)
        default:
            throw ClusterError.unsupportedMediaType(
                mediaType,
                supported: [
                    "application/json-patch+json", "application/merge-patch+json",
                    "application/strategic-merge-patch+json", "application/apply-patch+yaml",
                ])
        }
    }

    /// DeleteOptions from the body, if there is one, and from the query.
    func deleteOptions() async throws -> (DeleteOptions, WriteContext) {
        var context = try WriteContext(self, userAgent: self.request.headers[.userAgent])
        let bytes = try await self.body()
        var document: JSONValue = [:]
        if !bytes.isEmpty {
            document =
                try ObjectBody(bytes: bytes, mediaType: self.mediaType, apiVersion: "v1", kind: "DeleteOptions").value
        }
        if let seconds = try self.number("gracePeriodSeconds") { document["gracePeriodSeconds"] = .integer(seconds) }
        if let policy = self.query["propagationPolicy"], !policy.isEmpty {
            document["propagationPolicy"] = .string(policy)
        }
        if self.query["orphanDependents"] != nil {
            document["orphanDependents"] = .bool(try self.flag("orphanDependents"))
        }
        for text in document["dryRun"]?.arrayValue?.compactMap(\.stringValue) ?? [] {
            guard text == "All" else { throw ClusterError.badRequest("dryRun must be All, found \"\(text)\"") }
            context.dryRun = true
        }
        return (try DeleteOptions(document), context)
    }
}
