import Document
import NFTables
import SystemLinux

/// The published ports that are live, in a file under the run directory.
///
/// A new daemon programs them in the very transaction that makes its table, so that a restart opens no gap; the file
/// goes with the run directory at a reboot, like the containers.
struct PortRecords: Sendable {
    /// One container's live ports.
    struct Entry: Sendable, Hashable {
        let container: String
        let target: IPv4Address
        let ports: [PublishedPort]
    }

    /// The file; nil keeps no record.
    let path: String?

    /// The recorded entries; a missing or unreadable file has none. Blocks.
    func load() -> [Entry] {
        guard let path, let bytes = try? File.read(path), let value = try? JSONReader.parse(bytes) else { return [] }
        return (value.arrayValue ?? []).compactMap { entry in
            guard let container = entry["container"]?.stringValue,
                let target = entry["target"]?.stringValue.flatMap({ IPv4Address($0) })
            else { return nil }
            let ports = (entry["ports"]?.arrayValue ?? []).compactMap { Self.port($0, container) }
            return Entry(container: container, target: target, ports: ports)
        }
    }

    /// Replaces the record. Blocks.
    func save(_ entries: [Entry]) throws(LinuxError) {
        guard let path else { return }
        let value = JSONValue.array(
            entries.sorted { $0.container < $1.container }.map { entry in
                [
                    "container": .string(entry.container), "target": .string(entry.target.description),
                    "ports": .array(entry.ports.map(Self.json)),
                ]
            }
        )
        try File.writeAtomically(path, JSONWriter.bytes(value, style: .compact), mode: 0o600)
    }

    private static func json(_ port: PublishedPort) -> JSONValue {
        [
            "address": .string(port.hostAddress.description), "port": .integer(Int64(port.hostPort)),
            "transport": .string(port.transport.rawValue), "inside": .integer(Int64(port.containerPort)),
        ]
    }

    private static func port(_ value: JSONValue, _ container: String) -> PublishedPort? {
        guard let address = value["address"]?.stringValue.flatMap({ IPv4Address($0) }),
            let port = ServiceReader.port(value["port"]), let inside = ServiceReader.port(value["inside"]),
            let transport = value["transport"]?.stringValue.flatMap(TransportProtocol.init)
        else { return nil }
        return PublishedPort(
            container: container, hostAddress: address, hostPort: port, transport: transport, containerPort: inside)
    }
}
