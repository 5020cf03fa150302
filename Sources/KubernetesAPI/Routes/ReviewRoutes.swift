import Cluster
import Document
import HTTPTypes
import HummingbirdCore
import Identity

/// Reviews: who am I, may I, may they, whose token is this. Answered by the same code that guards requests.
extension KubernetesAPI {
    func answerReview(_ target: ReviewTarget, _ call: APICall) async throws -> Response {
        let version = "\(target.kind.group)/v1"
        var review = try await call.object(apiVersion: version, kind: target.kind.objectKind).value
        review["apiVersion"] = .string(version)
        review["kind"] = .string(target.kind.objectKind)
        if review["metadata"] == nil { review["metadata"] = [:] }
        switch target.kind {
        case .selfSubjectReviews:
            review["status"] = ["userInfo": Self.userInfo(call.caller)]
        case .selfSubjectAccessReviews:
            review["status"] = Self.decision(call.caller, review["spec"])
        case .subjectAccessReviews, .localSubjectAccessReviews:
            let spec = review["spec"]
            let groups = spec?["groups"]?.arrayValue?.compactMap(\.stringValue) ?? []
            let subject = Caller(user: spec?["user"]?.stringValue ?? "", groups: groups)
            review["status"] = Self.decision(subject, spec)
        case .selfSubjectRulesReviews:
            review["status"] = Self.rules(of: call.caller)
        case .tokenReviews:
            review["status"] = self.tokenStatus(review["spec"])
        }
        return APIResponse.value(review, encoding: try AnswerForm(call.request).encoding, status: .created)
    }

    private static func userInfo(_ caller: Caller) -> JSONValue {
        var info: JSONValue = [
            "username": .string(caller.user), "groups": .array(caller.groups.map { .string($0) }),
        ]
        if !caller.uid.isEmpty { info["uid"] = .string(caller.uid) }
        return info
    }

    private static func decision(_ caller: Caller, _ spec: JSONValue?) -> JSONValue {
        var attributes: Authorizer.Attributes
        if let path = spec?["nonResourceAttributes"], !path.isNull {
            attributes = Authorizer.Attributes(
                verb: path["verb"]?.stringValue ?? "", path: path["path"]?.stringValue ?? "/")
        } else {
            let resource = spec?["resourceAttributes"]
            attributes = Authorizer.Attributes(verb: resource?["verb"]?.stringValue ?? "")
            attributes.group = resource?["group"]?.stringValue ?? ""
            attributes.resource = resource?["resource"]?.stringValue ?? ""
            attributes.subresource = resource?["subresource"]?.stringValue ?? ""
            attributes.name = resource?["name"]?.stringValue ?? ""
            attributes.namespace = resource?["namespace"]?.stringValue ?? ""
        }
        guard Authorizer.allows(caller, attributes) else {
            return ["allowed": false, "reason": "only members of system:masters may do this; no roles can be granted"]
        }
        return ["allowed": true, "reason": caller.isMaster ? "member of system:masters" : "allowed to everybody known"]
    }

    private static func rules(of caller: Caller) -> JSONValue {
        var resources: [JSONValue] = [
            [
                "verbs": ["create"], "apiGroups": ["authorization.k8s.io"],
                "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
            ],
            ["verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]],
        ]
        var paths = Authorizer.publicPaths.union(Authorizer.discoveryPaths).sorted().map { JSONValue.string("/\($0)") }
        var verbs: JSONValue = ["get"]
        if caller.isMaster {
            resources.insert(["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]], at: 0)
            (paths, verbs) = (["*"], ["*"])
        }
        return [
            "incomplete": false, "resourceRules": .array(resources),
            "nonResourceRules": [["verbs": verbs, "nonResourceURLs": .array(paths)]],
        ]
    }

    private func tokenStatus(_ spec: JSONValue?) -> JSONValue {
        let audience = spec?["audiences"]?[0]?.stringValue
        guard let token = spec?["token"]?.stringValue,
            let caller = Authenticator(self.dependencies).caller(token: token, audience: audience)
        else { return ["authenticated": false, "error": "the token is not valid"] }
        return [
            "authenticated": true, "user": Self.userInfo(caller),
            "audiences": [.string(audience ?? self.dependencies.tokens.issuer)],
        ]
    }
}
