import Cluster
import HTTPTypes

/// What a caller may do. Superusers everything; everybody may ask for version and health; whoever is known may read
/// discovery and ask about themselves; nothing else, as no roles can be granted on this platform. Pure.
enum Authorizer {
    /// A question: may this be done?
    struct Attributes: Sendable, Equatable {
        var verb: String
        var group = ""
        var resource = ""
        var subresource = ""
        var name = ""
        var namespace = ""
        /// For what is no resource.
        var path = ""
    }

    static let publicPaths: Set<String> = ["version", "healthz", "livez", "readyz"]
    static let discoveryPaths: Set<String> = ["api", "apis", "openapi", ".well-known", "openid"]
    private static let selfReviews: Set<String> = [
        "selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews",
    ]

    /// The decision.
    static func allows(_ caller: Caller, _ attributes: Attributes) -> Bool {
        if caller.isMaster { return true }
        guard attributes.path.isEmpty else {
            let first = attributes.path.split(separator: "/").first.map { String($0) } ?? ""
            guard attributes.verb == "get" else { return false }
            return self.publicPaths.contains(first)
                || caller.groups.contains(Caller.authenticated) && self.discoveryPaths.contains(first)
        }
        return caller.groups.contains(Caller.authenticated) && attributes.verb == "create"
            && self.selfReviews.contains(attributes.resource) && attributes.group.hasSuffix(".k8s.io")
    }

    /// Throws 403, in Kubernetes' words, unless the request is allowed.
    static func check(_ caller: Caller, _ target: RequestTarget) throws(ClusterError) {
        let attributes = self.attributes(of: target)
        guard !self.allows(caller, attributes) else { return }
        if !attributes.path.isEmpty {
            throw ClusterError(
                Status(
                    .forbidden,
                    "forbidden: User \"\(caller.user)\" cannot \(attributes.verb) path \"\(attributes.path)\"",
                    details: Status.Details()))
        }
        let resource = GroupResource(attributes.resource, group: attributes.group)
        let part = attributes.subresource.isEmpty ? "" : "/\(attributes.subresource)"
        let place =
            attributes.namespace.isEmpty ? "at the cluster scope" : "in the namespace \"\(attributes.namespace)\""
        throw .forbidden(
            ObjectKey(resource, namespace: attributes.namespace, name: attributes.name),
            "User \"\(caller.user)\" cannot \(attributes.verb) resource \"\(attributes.resource)\(part)\" "
                + "in API group \"\(attributes.group)\" \(place)")
    }

    private static func attributes(of target: RequestTarget) -> Attributes {
        switch target.kind {
        case .path:
            let verb = target.method == .head ? "get" : target.method.rawValue.lowercased()
            return Attributes(verb: verb, path: target.path)
        case .review(let review):
            return Attributes(
                verb: "create", group: review.kind.group, resource: review.kind.rawValue, namespace: review.namespace)
        case .resource(let target):
            return Attributes(
                verb: target.verb.rawValue, group: target.resource.group, resource: target.resource.plural,
                subresource: target.subresource?.rawValue ?? "", name: target.name, namespace: target.namespace)
        }
    }
}
