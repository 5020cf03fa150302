import Cluster
import Document

/// The variables by which a container finds Services (core/v1 enableServiceLinks).
enum ServiceEnvironment {
    /// The variables of `services`, in the order given; those without a cluster address have none.
    static func variables(of services: [StoredObject]) -> [EnvironmentVariable] {
        services.flatMap { variables(name: $0.key.name, spec: $0.value["spec"] ?? .null) }
    }

    static func variables(name: String, spec: JSONValue) -> [EnvironmentVariable] {
        let address = spec.text("clusterIP")
        let ports = spec.items("ports")
        guard !address.isEmpty, address != "None", let first = ports.first else { return [] }
        let prefix = variableName(name)
        var variables = [
            EnvironmentVariable("\(prefix)_SERVICE_HOST", address),
            EnvironmentVariable("\(prefix)_SERVICE_PORT", number(first)),
        ]
        for port in ports where !port.text("name").isEmpty {
            variables.append(.init("\(prefix)_SERVICE_PORT_\(variableName(port.text("name")))", number(port)))
        }
        // The forms of Docker's links, which Kubernetes still gives.
        variables.append(.init("\(prefix)_PORT", url(first, address)))
        for port in ports {
            let stem = "\(prefix)_PORT_\(number(port))_\(transport(port).uppercased())"
            variables.append(.init(stem, url(port, address)))
            variables.append(.init("\(stem)_PROTO", transport(port)))
            variables.append(.init("\(stem)_PORT", number(port)))
            variables.append(.init("\(stem)_ADDR", address))
        }
        return variables
    }

    private static func variableName(_ name: String) -> String {
        name.uppercased().replacing("-", with: "_")
    }

    private static func number(_ port: JSONValue) -> String { String(port["port"]?.intValue ?? 0) }

    private static func transport(_ port: JSONValue) -> String {
        let name = port.text("protocol").lowercased()
        return name.isEmpty ? "tcp" : name
    }

    private static func url(_ port: JSONValue, _ address: String) -> String {
        "\(transport(port))://\(address):\(number(port))"
    }
}
