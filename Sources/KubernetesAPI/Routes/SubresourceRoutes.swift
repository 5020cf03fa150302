import Cluster
import Document
import Effects
import HTTPTypes
import HummingbirdCore
import Identity

/// status, scale, binding, eviction, token, finalize; streams are in `StreamRoutes`.
struct SubresourceRoutes {
    private let dependencies: KubernetesAPI.Dependencies
    private var store: ClusterStore { self.dependencies.store }

    init(_ dependencies: KubernetesAPI.Dependencies) {
        self.dependencies = dependencies
    }

    func answer(_ target: ResourceTarget, _ part: Subresource, _ call: APICall) async throws -> Response {
        switch part {
        case .status, .finalize, .ephemeralContainers, .resize:
            return try await self.objectPart(target, part, call)
        case .scale:
            return try await self.scale(target, call)
        case .binding:
            return try await self.bind(target, call)
        case .eviction:
            return try await self.evict(target, call)
        case .token:
            return try await self.token(target, call)
        case .log, .exec, .attach, .portForward:
            return try await StreamRoutes(self.dependencies).answer(target, part, call)
        case .proxy:
            throw ClusterError.noSuchResource()
        }
    }

    private func requireVerb(_ verbs: Verb..., in target: ResourceTarget) throws(ClusterError) {
        guard verbs.contains(target.verb) else {
            let name = "\(target.resource.plural)/\(target.subresource?.rawValue ?? "")"
            throw .methodNotAllowed(target.verb.rawValue, on: name)
        }
    }

    /// A part that is shown as the whole object.
    private func objectPart(_ target: ResourceTarget, _ part: Subresource, _ call: APICall) async throws -> Response {
        let writes = WriteRoutes(self.dependencies)
        switch target.verb {
        case .get where part != .finalize: return try await ReadRoutes(self.dependencies).answer(target, call)
        case .update: return try await writes.update(target, part, call)
        case .patch where part != .finalize: return try await writes.patch(target, part, call)
        default:
            throw ClusterError.methodNotAllowed(target.verb.rawValue, on: "\(target.resource.plural)/\(part.rawValue)")
        }
    }

    private func scale(_ target: ResourceTarget, _ call: APICall) async throws -> Response {
        try self.requireVerb(.get, .update, .patch, in: target)
        var warnings: [String] = []
        if target.verb == .update {
            let context = try WriteContext(call, userAgent: call.request.headers[.userAgent])
            let body = try await call.object(apiVersion: "autoscaling/v1", kind: "Scale")
            warnings = try await self.store.update(target.key, body: body, subresource: .scale, context: context)
                .warnings
        } else if target.verb == .patch {
            let (patch, context) = try await call.patch(of: target.resource)
            warnings = try await self.store.patch(target.key, patch: patch, subresource: .scale, context: context)
                .warnings
        }
        let scale = try self.store.scale(target.key)
        return APIResponse.value(scale, encoding: try AnswerForm(call.request).encoding, warnings: warnings)
    }

    private func bind(_ target: ResourceTarget, _ call: APICall) async throws -> Response {
        try self.requireVerb(.create, in: target)
        let context = try WriteContext(call, userAgent: call.request.headers[.userAgent])
        let body = try await call.object(apiVersion: "v1", kind: "Binding").value
        guard let node = body["target"]?["name"]?.stringValue, !node.isEmpty else {
            throw ClusterError.badRequest("binding must name its target node in target.name")
        }
        _ = try await self.store.bind(pod: target.key, node: node, context: context)
        return APIResponse.value(Self.created, status: .created)
    }

    private func evict(_ target: ResourceTarget, _ call: APICall) async throws -> Response {
        try self.requireVerb(.create, in: target)
        var context = try WriteContext(call, userAgent: call.request.headers[.userAgent])
        let body = try await call.object(apiVersion: "policy/v1", kind: "Eviction").value
        let options = body["deleteOptions"] ?? [:]
        if options["dryRun"]?.arrayValue?.isEmpty == false { context.dryRun = true }
        _ = try await self.store.evict(pod: target.key, options: try DeleteOptions(options), context: context)
        return APIResponse.value(Self.created, status: .created)
    }

    private static let created: JSONValue = [
        "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201,
    ]

    // MARK: - Tokens

    /// Seconds a token lives at least, at most and when nobody says.
    private static let tokenSeconds: ClosedRange<Int64> = 600...86_400 * 365
    private static let defaultTokenSeconds: Int64 = 3600

    private func token(_ target: ResourceTarget, _ call: APICall) async throws -> Response {
        try self.requireVerb(.create, in: target)
        let account = try self.store.read(target.key)
        var request = try await call.object(apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest").value
        let seconds = request["spec"]?["expirationSeconds"]?.intValue ?? Self.defaultTokenSeconds
        guard Self.tokenSeconds.contains(seconds) else {
            throw ClusterError.invalid(
                "TokenRequest", group: "authentication.k8s.io", name: target.name,
                causes: [
                    Status.Cause(
                        reason: "FieldValueInvalid",
                        message: "Invalid value: \(seconds): may not specify a duration less than 10 minutes "
                            + "or more than a year",
                        field: "spec.expirationSeconds")
                ])
        }
        var audiences = request["spec"]?["audiences"]?.arrayValue?.compactMap(\.stringValue) ?? []
        if audiences.isEmpty { audiences = [self.dependencies.tokens.issuer] }
        var claims = TokenClaims(
            namespace: target.namespace, serviceAccount: .init(name: target.name, uid: account.uid),
            audiences: audiences)
        try self.bindToken(request["spec"]?["boundObjectRef"], target, &claims)
        let signed = self.dependencies.tokens.sign(claims, lifetime: .seconds(seconds))
        request["spec", "audiences"] = .array(audiences.map { .string($0) })
        request["spec", "expirationSeconds"] = .integer(seconds)
        request["status"] = [
            "token": .string(signed.token), "expirationTimestamp": .string(signed.expiresAt.rfc3339),
        ]
        return APIResponse.value(request, status: .created)
    }

    /// Ties the token to the pod or secret the request names, which must exist.
    private func bindToken(
        _ reference: JSONValue?, _ target: ResourceTarget, _ claims: inout TokenClaims
    ) throws(ClusterError) {
        guard let reference, !reference.isNull, let name = reference["name"]?.stringValue else { return }
        let kind = reference["kind"]?.stringValue ?? ""
        guard kind == "Pod" || kind == "Secret" else {
            throw .badRequest("a token can be bound to a Pod or a Secret, not to \"\(kind)\"")
        }
        let resource: GroupResource = kind == "Pod" ? .pods : .secrets
        let object = try self.store.read(ObjectKey(resource, namespace: target.namespace, name: name))
        if let uid = reference["uid"]?.stringValue, !uid.isEmpty, uid != object.uid {
            throw .conflict(
                object.key, "the UID in the bound object reference (\(uid)) does not match the UID in record")
        }
        let bound = TokenClaims.Reference(name: name, uid: object.uid)
        if kind == "Pod" { claims.pod = bound } else { claims.secret = bound }
    }
}
