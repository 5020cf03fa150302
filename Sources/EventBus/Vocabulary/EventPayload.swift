/// The families of the closed vocabulary; subscribers choose by family.
public enum EventFamily: UInt16, Sendable, Hashable, CaseIterable {
    /// Images and tags.
    case image
    /// Builds and their steps.
    case build
    /// Containers.
    case container
    /// Kubernetes objects.
    case object
    /// Pods on this node.
    case pod
    /// Services.
    case service
    /// Published ports.
    case port
    /// The node.
    case node
    /// The platform's own modules.
    case module
}

/// What happened. Closed on purpose: a new event is a change of this file's neighbours, seen by every reader.
public enum EventPayload: Sendable, Hashable {
    /// An image or tag changed.
    case image(ImageEvent)
    /// A build moved on.
    case build(BuildEvent)
    /// A container changed state.
    case container(ContainerEvent)
    /// A Kubernetes object was committed.
    case object(ObjectEvent)
    /// A pod of this node moved on.
    case pod(PodEvent)
    /// A Service's traffic changed.
    case service(ServiceEvent)
    /// A port was published or given back.
    case port(PortEvent)
    /// The node changed.
    case node(NodeEvent)
    /// A module of the platform changed.
    case module(ModuleEvent)

    /// The family, for filters.
    public var family: EventFamily {
        switch self {
        case .image: .image
        case .build: .build
        case .container: .container
        case .object: .object
        case .pod: .pod
        case .service: .service
        case .port: .port
        case .node: .node
        case .module: .module
        }
    }

    /// `family.case`, such as `container.started`.
    public var kind: String { "\(family).\(details.name)" }

    /// The payload's values by name, in a fixed order, for people and for the tail on disk.
    public var attributes: [(name: String, value: String)] { details.attributes }

    private var details: EventDetails {
        switch self {
        case .image(let event): event.details
        case .build(let event): event.details
        case .container(let event): event.details
        case .object(let event): event.details
        case .pod(let event): event.details
        case .service(let event): event.details
        case .port(let event): event.details
        case .node(let event): event.details
        case .module(let event): event.details
        }
    }
}

/// The printed form of one case of a family.
struct EventDetails {
    let name: String
    let attributes: [(name: String, value: String)]

    init(_ name: String, _ attributes: KeyValuePairs<String, String> = [:]) {
        self.name = name
        self.attributes = attributes.map { (name: $0.key, value: $0.value) }
    }
}
