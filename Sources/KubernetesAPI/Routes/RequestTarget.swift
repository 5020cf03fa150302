import Cluster
import HTTPService
import HTTPTypes
import HummingbirdCore

/// What a request is about, read from method, path and query alone.
struct RequestTarget: Sendable {
    enum Kind: Sendable {
        /// Not a resource: version, health, discovery, OpenAPI.
        case path([String])
        /// A review that is answered and not stored.
        case review(ReviewTarget)
        /// Objects.
        case resource(ResourceTarget)
    }

    let kind: Kind
    let method: HTTPRequest.Method
    let query: QueryItems
    /// The path as sent.
    let path: String

    /// Reads a request; throws 404 for unknown resources, 405 for methods a resource does not have.
    init(_ request: Request, schema: Schema) throws(ClusterError) {
        self.method = request.method
        self.query = request.queryItems
        self.path = String(request.rawPath)
        guard let segments = request.pathSegments else { throw .badRequest("malformed escape in path \(self.path)") }
        switch segments.first {
        case "api" where segments.count > 2:
            self.kind = try Self.parse(segments[2...], group: "", version: segments[1], method, self.query, schema)
        case "apis" where segments.count > 3:
            self.kind = try Self.parse(
                segments[3...], group: segments[1], version: segments[2], method, self.query, schema)
        default:
            self.kind = .path(segments)
        }
    }

    private static func parse(
        _ rest: ArraySlice<String>, group: String, version: String, _ method: HTTPRequest.Method, _ query: QueryItems,
        _ schema: Schema
    ) throws(ClusterError) -> Kind {
        var parts = Array(rest)
        var namespace = ""
        // namespaces/NAME[/status|finalize] is the namespace itself, namespaces/NAME/x… is inside it.
        if parts.count > 2, parts[0] == "namespaces", !["status", "finalize"].contains(parts[2]) {
            namespace = parts[1]
            parts.removeFirst(2)
        }
        let plural = parts[0]
        if let review = ReviewTarget(group: group, version: version, plural: plural, namespace: namespace) {
            guard parts.count == 1, method == .post else {
                throw .methodNotAllowed(method.rawValue.lowercased(), on: plural)
            }
            return .review(review)
        }
        guard let resource = schema.resource(group: group, version: version, plural: plural), parts.count <= 3,
            resource.isNamespaced || namespace.isEmpty
        else { throw .noSuchResource() }
        let name = parts.count > 1 ? parts[1] : ""
        guard resource.isNamespaced == !namespace.isEmpty || name.isEmpty else { throw .noSuchResource() }
        let subresource = parts.count > 2 ? Subresource(rawValue: parts[2]) : nil
        if parts.count > 2, subresource.map({ resource.subresources.contains($0) }) != true { throw .noSuchResource() }
        let verb = try Verb(method: method, named: !name.isEmpty, query: query, resource: plural)
        if verb == .create, name.isEmpty, resource.isNamespaced, namespace.isEmpty {
            throw .methodNotAllowed("create", on: plural)
        }
        return .resource(
            ResourceTarget(
                resource: resource, namespace: namespace, name: name, subresource: subresource, verb: verb))
    }
}

/// Objects a request is about.
struct ResourceTarget: Sendable {
    let resource: ResourceKind
    /// Empty for cluster-scoped resources and for requests over all namespaces.
    let namespace: String
    /// Empty for collections.
    let name: String
    let subresource: Subresource?
    let verb: Verb

    /// The one object, for requests that name it.
    var key: ObjectKey { ObjectKey(self.resource.storage, namespace: self.namespace, name: self.name) }
    /// Namespace for lists: nil is all of them.
    var listNamespace: String? { self.namespace.isEmpty ? nil : self.namespace }
}

/// What a request wants, in the words of authorisation.
enum Verb: String, Sendable {
    case get, list, watch, create, update, patch, delete
    case deleteCollection = "deletecollection"

    init(method: HTTPRequest.Method, named: Bool, query: QueryItems, resource: String) throws(ClusterError) {
        switch (method, named) {
        case (.get, true), (.head, true): self = .get
        case (.get, false), (.head, false):
            let watch = query["watch"]?.lowercased()
            self = watch.map { $0 == "true" || $0 == "1" || $0.isEmpty } == true ? .watch : .list
        case (.post, _): self = .create
        case (.put, true): self = .update
        case (.patch, true): self = .patch
        case (.delete, true): self = .delete
        case (.delete, false): self = .deleteCollection
        default: throw .methodNotAllowed(method.rawValue.lowercased(), on: resource)
        }
    }
}

/// A review: a question in the form of an object.
struct ReviewTarget: Sendable {
    enum Kind: String, Sendable {
        case selfSubjectAccessReviews = "selfsubjectaccessreviews"
        case selfSubjectRulesReviews = "selfsubjectrulesreviews"
        case subjectAccessReviews = "subjectaccessreviews"
        case localSubjectAccessReviews = "localsubjectaccessreviews"
        case selfSubjectReviews = "selfsubjectreviews"
        case tokenReviews = "tokenreviews"

        var group: String {
            switch self {
            case .selfSubjectReviews, .tokenReviews: "authentication.k8s.io"
            default: "authorization.k8s.io"
            }
        }

        /// `SelfSubjectAccessReview`.
        var objectKind: String {
            switch self {
            case .selfSubjectAccessReviews: "SelfSubjectAccessReview"
            case .selfSubjectRulesReviews: "SelfSubjectRulesReview"
            case .subjectAccessReviews: "SubjectAccessReview"
            case .localSubjectAccessReviews: "LocalSubjectAccessReview"
            case .selfSubjectReviews: "SelfSubjectReview"
            case .tokenReviews: "TokenReview"
            }
        }
    }

    let kind: Kind
    let namespace: String

    /// Nil when the resource is no review.
    init?(group: String, version: String, plural: String, namespace: String) {
        guard version == "v1", let kind = Kind(rawValue: plural), kind.group == group else { return nil }
        self.kind = kind
        self.namespace = namespace
    }

    /// Questions about oneself need no permission.
    var isAboutSelf: Bool {
        switch self.kind {
        case .selfSubjectAccessReviews, .selfSubjectRulesReviews, .selfSubjectReviews: true
        case .subjectAccessReviews, .localSubjectAccessReviews, .tokenReviews: false
        }
    }
}
