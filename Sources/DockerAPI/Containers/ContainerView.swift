import Document
import Effects
import Runtime

/// How a container looks in the Engine API's replies. Pure.
enum ContainerView {
    /// The zero time that Docker shows for "never".
    static let never = "0001-01-01T00:00:00Z"

    // MARK: - List

    static func listItem(_ item: ContainerSnapshot, names: ImageNames, now: Timestamp) -> JSONObject {
        let record = item.record
        let request = record.request
        var out: JSONObject = [
            "Id": .string(record.id),
            "Names": [.string("/\(record.name)")],
            "Image": .string(names.shown(typed: request.image, imageID: record.imageID)),
            "ImageID": .string(record.imageID),
            "Command": .string(request.arguments.joined(separator: " ")),
            "Created": .integer(record.createdAt.seconds),
            "Ports": .array(ports(of: record)),
        ]
        out["Labels"] = labels(request.labels)
        out["State"] = .string(record.state.phase.rawValue)
        out["Status"] = .string(StatusText.describe(record.state, health: item.health?.status, now: now))
        out["HostConfig"] = ["NetworkMode": .string(request.host.networkMode)]
        out["NetworkSettings"] = ["Networks": .object(networks(of: record))]
        out["Mounts"] = .array(record.mounts.map { .object(mount($0)) })
        return out
    }

    private static func ports(of record: ContainerRecord) -> [JSONValue] {
        var out: [JSONValue] =
            record.state.isAlive
            ? record.ports.map {
                [
                    "IP": .string($0.hostAddress), "PrivatePort": .integer(Int64($0.containerPort.port)),
                    "PublicPort": .integer(Int64($0.hostPort)), "Type": .string($0.containerPort.transport.rawValue),
                ]
            } : []
        let published = Set(record.state.isAlive ? record.ports.map(\.containerPort) : [])
        for port in record.request.exposedPorts where !published.contains(port) && record.state.isAlive {
            out.append(["PrivatePort": .integer(Int64(port.port)), "Type": .string(port.transport.rawValue)])
        }
        return out
    }

    // MARK: - Inspect

    static func inspect(_ item: ContainerSnapshot, version: EngineVersion) -> JSONObject {
        let record = item.record
        let request = record.request
        let arguments = request.arguments
        var config = request.configJSON
        config["Hostname"] = .string(record.hostname)
        var out: JSONObject = [
            "Id": .string(record.id),
            "Created": .string(record.createdAt.rfc3339Nano),
            "Path": .string(arguments.first ?? ""),
            "Args": .array(arguments.dropFirst().map { .string($0) }),
            "State": .object(state(item)),
            "Image": .string(record.imageID),
            "ResolvConfPath": .string("\(item.directory)/resolv.conf"),
            "HostnamePath": .string("\(item.directory)/hostname"),
            "HostsPath": .string("\(item.directory)/hosts"),
            "LogPath": .string(record.logPath),
        ]
        out["Name"] = .string("/\(record.name)")
        out["RestartCount"] = .integer(Int64(record.state.restartCount))
        out["Driver"] = "overlay2"
        out["Platform"] = "linux"
        out["MountLabel"] = ""
        out["ProcessLabel"] = ""
        out["AppArmorProfile"] = ""
        out["ExecIDs"] = item.execIDs.isEmpty ? .null : .array(item.execIDs.map { .string($0) })
        out["HostConfig"] = .object(request.host.json)
        out["GraphDriver"] = ["Data": .null, "Name": "overlay2"]
        out["Mounts"] = .array(record.mounts.map { .object(mount($0)) })
        out["Config"] = .object(config)
        out["NetworkSettings"] = .object(networkSettings(item, version: version))
        return out
    }

    private static func state(_ item: ContainerSnapshot) -> JSONObject {
        let state = item.record.state
        var out: JSONObject = [
            "Status": .string(state.phase.rawValue),
            "Running": .bool(state.isAlive || state.phase == .restarting),
            "Paused": .bool(state.phase == .paused),
            "Restarting": .bool(state.phase == .restarting),
            "OOMKilled": .bool(state.oomKilled),
            "Dead": .bool(state.phase == .dead),
            "Pid": .integer(Int64(state.pid)),
            "ExitCode": .integer(Int64(state.exitCode)),
            "Error": .string(state.error),
            "StartedAt": .string(state.startedAt?.rfc3339Nano ?? never),
            "FinishedAt": .string(state.finishedAt?.rfc3339Nano ?? never),
        ]
        if let health = item.health {
            out["Health"] = [
                "Status": .string(health.status.rawValue),
                "FailingStreak": .integer(Int64(health.failingStreak)),
                "Log": .array(
                    health.log.map {
                        [
                            "Start": .string($0.start.rfc3339Nano), "End": .string($0.end.rfc3339Nano),
                            "ExitCode": .integer(Int64($0.exitCode)), "Output": .string($0.output),
                        ]
                    }
                ),
            ]
        }
        return out
    }

    static func mount(_ mount: MountPoint) -> JSONObject {
        var out: JSONObject = ["Type": .string(mount.kind.rawValue)]
        if !mount.volumeName.isEmpty { out["Name"] = .string(mount.volumeName) }
        out["Source"] = .string(mount.source)
        out["Destination"] = .string(mount.destination)
        if mount.kind == .volume { out["Driver"] = "local" }
        out["Mode"] = .string(mount.isWritable ? "" : "ro")
        out["RW"] = .bool(mount.isWritable)
        out["Propagation"] = .string(mount.propagation)
        return out
    }

    // MARK: - Network

    private static func networkSettings(_ item: ContainerSnapshot, version: EngineVersion) -> JSONObject {
        let record = item.record
        let first = record.attachments.first
        var ports = JSONObject()
        if record.state.isAlive {
            for port in record.request.exposedPorts { ports[port.description] = .null }
            for binding in record.ports {
                let entry: JSONValue = [
                    "HostIp": .string(binding.hostAddress), "HostPort": .string(String(binding.hostPort)),
                ]
                let key = binding.containerPort.description
                ports[key] = .array((ports[key]?.arrayValue ?? []) + [entry])
            }
        }
        return [
            "Bridge": "", "SandboxID": .string(record.state.isAlive ? record.id : ""),
            "SandboxKey": .string(item.networkNamespacePath), "Ports": .object(ports), "HairpinMode": false,
            "LinkLocalIPv6Address": "", "LinkLocalIPv6PrefixLen": 0, "SecondaryIPAddresses": .null,
            "SecondaryIPv6Addresses": .null, "EndpointID": .string(first.map { endpointID(record, $0) } ?? ""),
            "Gateway": .string(first?.gateway ?? ""), "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
            "IPAddress": .string(first?.ipv4Address ?? ""),
            "IPPrefixLen": .integer(Int64(first?.prefixLength ?? 0)), "IPv6Gateway": "",
            "MacAddress": .string(first?.macAddress ?? ""), "Networks": .object(networks(of: record)),
        ]
    }

    private static func networks(of record: ContainerRecord) -> JSONObject {
        var out = JSONObject()
        for attachment in record.attachments {
            let aliases = record.request.endpoints[attachment.network]?.aliases ?? []
            out[attachment.network] = [
                "IPAMConfig": .null, "Links": .null,
                "Aliases": aliases.isEmpty ? .null : .array(aliases.map { .string($0) }),
                "MacAddress": .string(attachment.macAddress), "DriverOpts": .null,
                "NetworkID": .string(attachment.networkID), "EndpointID": .string(endpointID(record, attachment)),
                "Gateway": .string(attachment.gateway), "IPAddress": .string(attachment.ipv4Address),
                "IPPrefixLen": .integer(Int64(attachment.prefixLength)), "IPv6Gateway": "", "GlobalIPv6Address": "",
                "GlobalIPv6PrefixLen": 0,
                "DNSNames": .array(([record.name] + aliases + [String(record.id.prefix(12))]).map { .string($0) }),
            ]
        }
        if out.isEmpty, record.request.sandboxID == nil {
            // A container that is not connected now still says where it belongs.
            let mode = record.request.host.networkMode
            if !mode.hasPrefix("container:") {
                out[mode == "default" ? "bridge" : mode] = ["NetworkID": "", "EndpointID": "", "IPAddress": ""]
            }
        }
        return out
    }

    /// One container has one endpoint per network, so both together name it.
    private static func endpointID(_ record: ContainerRecord, _ attachment: NetworkAttachment) -> String {
        String((record.id.prefix(32) + attachment.networkID).prefix(64))
    }

    static func labels(_ labels: [String: String]) -> JSONValue {
        var out = JSONObject()
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) { out[key] = .string(value) }
        return .object(out)
    }
}
