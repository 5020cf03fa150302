import Document
import Effects
import Logging
import SystemLinux

/// The sandboxes' records on disk: one directory each. Calls block.
struct SandboxStore: Sendable {
    let root: String

    init(root: String) throws(LinuxError) {
        self.root = root
        try Directory.make(root, mode: 0o711)
    }

    func directory(_ id: String) -> String { "\(root)/\(id)" }

    /// Writes the record; the directory must exist.
    func save(_ sandbox: Sandbox) throws(LinuxError) {
        try File.writeAtomically(
            "\(directory(sandbox.id))/sandbox.json", JSONWriter.bytes(sandbox.json), mode: 0o600, durable: false
        )
    }

    /// Removes everything of a sandbox; a missing one is fine.
    func remove(_ id: String) throws(LinuxError) {
        try File.remove("\(directory(id))/sandbox.json", ifExists: true)
        try Directory.removeTree(directory(id))
    }

    /// All records; directories without one are half-made and swept.
    func loadAll(namespaceRoot: String, logger: Logger) throws(LinuxError) -> [Sandbox] {
        var out: [Sandbox] = []
        for entry in try Directory.entries(root) where entry.kind == .directory {
            let path = "\(directory(entry.name))/sandbox.json"
            guard let bytes = try? File.read(path, limit: 1 << 20), let json = try? JSONReader.parse(bytes),
                let sandbox = try? Sandbox(
                    json: json, namespaceDirectory: "\(namespaceRoot)/\(entry.name)", directory: directory(entry.name)
                )
            else {
                logger.info("a half-made sandbox is swept", metadata: ["path": "\(path)"])
                try Directory.removeTree(directory(entry.name))
                continue
            }
            out.append(sandbox)
        }
        return out
    }
}

extension Sandbox {
    var json: JSONValue {
        let network: String =
            switch request.network {
            case .network(let name): "network:\(name)"
            case .host: "host"
            case .none: "none"
            }
        return [
            "id": .string(id), "createdAt": .integer(createdAt.nanoseconds), "name": .string(request.name),
            "hostname": .string(request.hostname), "network": .string(network),
            "hostProcesses": .bool(request.sharesHostProcesses), "hostIPC": .bool(request.sharesHostIPC),
            "sysctls": JSONValue(map: request.sysctls), "labels": JSONValue(map: request.labels),
            "attachment": attachment?.json ?? .null, "ports": .array(ports.map(\.json)),
        ]
    }

    init(json: JSONValue, namespaceDirectory: String, directory: String) throws(RuntimeError) {
        guard let id = json["id"]?.stringValue, let created = json["createdAt"]?.intValue,
            let name = json["name"]?.stringValue, let hostname = json["hostname"]?.stringValue,
            let text = json["network"]?.stringValue
        else { throw RuntimeError(.internalFailure, "the file is no sandbox record") }
        let network: SandboxRequest.Network =
            switch text {
            case "host": .host
            case "none": .none
            default: .network(String(text.dropFirst("network:".count)))
            }
        var request = SandboxRequest(id: id, name: name, hostname: hostname, network: network)
        request.sharesHostProcesses = json["hostProcesses"]?.boolValue ?? false
        request.sharesHostIPC = json["hostIPC"]?.boolValue ?? false
        for (key, value) in json["sysctls"]?.objectValue ?? [:] { request.sysctls[key] = value.stringValue ?? "" }
        for (key, value) in json["labels"]?.objectValue ?? [:] { request.labels[key] = value.stringValue ?? "" }
        var ports: [PortBinding] = []
        for item in json["ports"]?.arrayValue ?? [] { ports.append(try PortBinding(json: item)) }
        let attached = json["attachment"].flatMap { $0.isNull ? nil : NetworkAttachment(json: $0) }
        self.init(
            id: id, request: request, createdAt: Timestamp(nanoseconds: created), attachment: attached, ports: ports,
            namespaceDirectory: namespaceDirectory, directory: directory
        )
    }
}
