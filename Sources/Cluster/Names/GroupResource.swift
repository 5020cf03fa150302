/// A resource by API group and plural name, such as `deployments.apps`; versions share it.
public struct GroupResource: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The API group; empty for core.
    public let group: String
    /// The plural name.
    public let resource: String

    /// Makes a name; `group` is empty for core.
    public init(_ resource: String, group: String = "") {
        self.group = group
        self.resource = resource
    }

    /// `pods`, `deployments.apps`: the form of Kubernetes' error messages.
    public var description: String { group.isEmpty ? resource : "\(resource).\(group)" }

    /// Orders by group, then by plural name.
    public static func < (left: GroupResource, right: GroupResource) -> Bool {
        (left.group, left.resource) < (right.group, right.resource)
    }

    /// Pods.
    public static let pods = GroupResource("pods")
    /// Nodes.
    public static let nodes = GroupResource("nodes")
    /// Namespaces.
    public static let namespaces = GroupResource("namespaces")
    /// Services.
    public static let services = GroupResource("services")
    /// Endpoints.
    public static let endpoints = GroupResource("endpoints")
    /// Config maps.
    public static let configMaps = GroupResource("configmaps")
    /// Secrets.
    public static let secrets = GroupResource("secrets")
    /// Service accounts.
    public static let serviceAccounts = GroupResource("serviceaccounts")
    /// Events; `events.k8s.io` is another view of the same objects.
    public static let events = GroupResource("events")
    /// Replica sets.
    public static let replicaSets = GroupResource("replicasets", group: "apps")
    /// Deployments.
    public static let deployments = GroupResource("deployments", group: "apps")
    /// Endpoint slices.
    public static let endpointSlices = GroupResource("endpointslices", group: "discovery.k8s.io")
    /// Leases.
    public static let leases = GroupResource("leases", group: "coordination.k8s.io")
}
