import ArgumentParser
import Clients
import Document
import SystemLinux

/// `skiff expose`: give a workload an address.
struct ExposeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expose",
        abstract: "Give a workload an address that answers.",
        discussion: """
              skiff expose deployment/web --port 80 --target-port 8000
              skiff expose deployment/web --name web-node --port 80 --type NodePort

            Makes a Service, waits until it answers and prints its URL.
            """
    )

    /// How the Service is reached.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case clusterIP = "ClusterIP"
        case nodePort = "NodePort"
        case loadBalancer = "LoadBalancer"
    }

    @Argument(help: ArgumentHelp("deployment/NAME, replicaset/NAME, pod/NAME or service/NAME", valueName: "object"))
    var words: [String]

    @Option(name: .long, help: "The Service's port; the container's port otherwise.")
    var port: Int?

    @Option(
        name: .long, help: ArgumentHelp("Port (number or name) of the containers; --port otherwise.", valueName: "port")
    )
    var targetPort: String?

    @Option(name: .long, help: "The Service's name; that of the workload otherwise.")
    var name: String?

    @Option(name: .long, help: "ClusterIP, NodePort or LoadBalancer.")
    var type: Kind = .loadBalancer

    @Option(name: .customLong("protocol"), help: "TCP or UDP.")
    var transport: String = "TCP"

    @Option(name: .long, help: ArgumentHelp("How long it may take to answer, 30s otherwise; 0 does not wait.", valueName: "duration"))
    var timeout: TimeLimit?

    @OptionGroup var options: ClusterOptions

    func run() throws {
        let client = try options.client()
        let (resource, workload) = try ObjectNames.single(words, client: client)
        let object = try client.get(resource, namespace: client.namespace, name: workload)
        let plan = try ServicePlan(resource, object, port: port, targetPort: targetPort)
        let serviceName = name ?? workload
        let services = try client.resource(apiVersion: "v1", kind: "Service")
        var service = try client.create(
            services, namespace: client.namespace,
            plan.service(name: serviceName, type: type.rawValue, transport: transport.uppercased()))
        print("service/\(serviceName) exposed")
        let limit = timeout ?? TimeLimit(seconds: 30)
        guard let limit = limit.unlessZero else { return }
        let wait = ObjectWait(client: client, resource: services, namespace: client.namespace, name: serviceName)
        service = try wait.until(limit: limit) { current -> ObjectWait.Verdict<JSONValue> in
            guard let current else { throw CommandFailure("service/\(serviceName) was deleted") }
            return ServiceAddress(current) == nil ? .goOn : .done(current)
        }
        try report(service, client, within: limit)
    }

    /// Prints the URL once it answers.
    private func report(_ service: JSONValue, _ client: KubernetesClient, within limit: TimeLimit) throws {
        guard var address = ServiceAddress(service) else { return }
        if case .node(let port) = address { address = .host(try nodeAddress(client), port) }
        guard case .host(let host, let port) = address else { return }
        guard transport.uppercased() == "TCP" else { return print("udp://\(host):\(port)") }
        guard AddressProbe.answers(host: host, port: port, within: limit.duration) else {
            throw CommandFailure(
                "http://\(host):\(port) does not answer after \(limit); see \"skiff get pods\" and \"skiff describe\""
            )
        }
        print(port == 80 ? "http://\(host)" : "http://\(host):\(port)")
    }

    /// Node ports of this machine's cluster answer on loopback, those of others on a node's address.
    private func nodeAddress(_ client: KubernetesClient) throws -> String {
        if options.isLocal { return "127.0.0.1" }
        let nodes = try client.list(try client.resource(apiVersion: "v1", kind: "Node"), namespace: nil)
        let addresses = nodes["items"]?[0]?["status"]?["addresses"]?.arrayValue ?? []
        for kind in ["ExternalIP", "InternalIP"] {
            if let found = addresses.first(where: { $0["type"]?.stringValue == kind })?["address"]?.stringValue {
                return found
            }
        }
        throw CommandFailure("the cluster's first node has no address")
    }
}

/// Where a Service answers, as far as it is known.
enum ServiceAddress: Equatable {
    case host(String, Int)
    /// On this port of any node.
    case node(Int)

    /// Nil while a load balancer waits for its address.
    init?(_ service: JSONValue) {
        let port = service["spec"]?["ports"]?[0]
        let number = Int(port?["port"]?.intValue ?? 0)
        switch service["spec"]?["type"]?.stringValue {
        case "LoadBalancer":
            let ingress = service["status"]?["loadBalancer"]?["ingress"]?[0]
            guard let host = ingress?["ip"]?.stringValue ?? ingress?["hostname"]?.stringValue else { return nil }
            self = .host(host, number)
        case "NodePort":
            guard let node = port?["nodePort"]?.intValue else { return nil }
            self = .node(Int(node))
        default:
            guard let address = service["spec"]?["clusterIP"]?.stringValue, !address.isEmpty else { return nil }
            self = .host(address, number)
        }
    }
}

/// What the Service of a workload must be. Pure.
struct ServicePlan {
    let selector: JSONValue
    let port: Int
    let targetPort: JSONValue

    init(_ resource: APIResource, _ object: JSONValue, port: Int?, targetPort: String?) throws {
        let name = resource.reference(object["metadata"]?["name"]?.stringValue ?? "")
        let selector: JSONValue?
        let pod: JSONValue?
        switch resource.kind {
        case "Deployment", "ReplicaSet":
            guard object["spec"]?["selector"]?["matchExpressions"] == nil else {
                throw CommandFailure("\(name) selects by expressions, which a Service cannot; write a Service by hand")
            }
            selector = object["spec"]?["selector"]?["matchLabels"]
            pod = object["spec"]?["template"]?["spec"]
        case "Pod": (selector, pod) = (object["metadata"]?["labels"], object["spec"])
        case "Service": (selector, pod) = (object["spec"]?["selector"], nil)
        default: throw CommandFailure("\(name) cannot be exposed; deployments, replica sets, pods and services can")
        }
        guard let selector, selector.objectValue?.isEmpty == false else {
            throw CommandFailure("\(name) has no labels that a Service could select")
        }
        let containerPorts = (pod?["containers"]?.arrayValue ?? [])
            .flatMap { $0["ports"]?.arrayValue ?? [] }.compactMap { $0["containerPort"]?.intValue }
        guard let number = port ?? (containerPorts.count == 1 ? Int(containerPorts[0]) : nil) else {
            let listed = containerPorts.map { "\($0)" }.joined(separator: ", ")
            throw CommandFailure(
                "say which port with --port; \(name) lists \(listed.isEmpty ? "none" : listed)")
        }
        self.selector = selector
        self.port = number
        self.targetPort = targetPort.map { Int64($0).map { .integer($0) } ?? .string($0) } ?? .integer(Int64(number))
    }

    func service(name: String, type: String, transport: String) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": .string(name)],
            "spec": [
                "type": .string(type), "selector": selector,
                "ports": [
                    ["protocol": .string(transport), "port": .integer(Int64(port)), "targetPort": targetPort]
                ],
            ],
        ]
    }
}
