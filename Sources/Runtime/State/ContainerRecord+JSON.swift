import Document
import Effects

extension ContainerRecord {
    /// The form on disk. `version` lets a later program read it.
    static let formatVersion: Int64 = 1

    /// The record's file.
    var json: JSONValue {
        [
            "version": .integer(Self.formatVersion), "id": .string(id), "name": .string(name),
            "createdAt": .integer(createdAt.nanoseconds), "request": .object(request.json),
            "imageID": .string(imageID), "hostname": .string(hostname), "state": state.json,
            "mounts": .array(mounts.map(\.json)), "attachments": .array(attachments.map(\.json)),
            "ports": .array(ports.map(\.json)), "logPath": .string(logPath),
        ]
    }

    /// Reads a record's file.
    /// - Throws: `RuntimeError` `.internalFailure` when it is not one.
    init(json: JSONValue) throws(RuntimeError) {
        guard json["version"]?.intValue == Self.formatVersion, let id = json["id"]?.stringValue,
            let name = json["name"]?.stringValue, let created = json["createdAt"]?.intValue,
            let request = json["request"], let imageID = json["imageID"]?.stringValue,
            let hostname = json["hostname"]?.stringValue, let state = json["state"]
        else {
            throw RuntimeError(.internalFailure, "the file is no container record of version \(Self.formatVersion)")
        }
        let wishes = try ContainerRequest(json: request)
        self.init(
            id: id, name: name, createdAt: Timestamp(nanoseconds: created), request: wishes, imageID: imageID,
            hostname: hostname,
            machine: ContainerStateMachine(
                state: ContainerState(json: state), policy: wishes.host.restart, autoRemove: wishes.host.autoRemove
            )
        )
        for item in json["mounts"]?.arrayValue ?? [] { mounts.append(try MountPoint(json: item)) }
        attachments = (json["attachments"]?.arrayValue ?? []).map { NetworkAttachment(json: $0) }
        for item in json["ports"]?.arrayValue ?? [] { ports.append(try PortBinding(json: item)) }
        logPath = json["logPath"]?.stringValue ?? ""
    }
}

extension ContainerState {
    var json: JSONValue {
        [
            "phase": .string(phase.rawValue), "pid": .integer(Int64(pid)),
            "startTicks": .integer(Int64(clamping: startTicks)), "exitCode": .integer(Int64(exitCode)),
            "oomKilled": .bool(oomKilled), "error": .string(error),
            "startedAt": startedAt.map { .integer($0.nanoseconds) } ?? .null,
            "finishedAt": finishedAt.map { .integer($0.nanoseconds) } ?? .null,
            "restartCount": .integer(Int64(restartCount)), "stoppedByHand": .bool(stoppedByHand),
            "restartDelay": .integer(restartDelay.wholeNanoseconds),
        ]
    }

    init(json: JSONValue) {
        self.init()
        phase = json["phase"]?.stringValue.flatMap { Phase(rawValue: $0) } ?? .dead
        pid = Int32(clamping: json["pid"]?.intValue ?? 0)
        startTicks = UInt64(clamping: json["startTicks"]?.intValue ?? 0)
        exitCode = Int(json["exitCode"]?.intValue ?? 0)
        oomKilled = json["oomKilled"]?.boolValue ?? false
        error = json["error"]?.stringValue ?? ""
        startedAt = json["startedAt"]?.intValue.map { Timestamp(nanoseconds: $0) }
        finishedAt = json["finishedAt"]?.intValue.map { Timestamp(nanoseconds: $0) }
        restartCount = Int(json["restartCount"]?.intValue ?? 0)
        stoppedByHand = json["stoppedByHand"]?.boolValue ?? false
        restartDelay = .nanoseconds(json["restartDelay"]?.intValue ?? 0)
    }
}

extension MountPoint {
    var json: JSONValue {
        [
            "volumeName": .string(volumeName), "source": .string(source), "isAnonymous": .bool(isAnonymous),
            "wantsImageContent": .bool(wantsImageContent), "wish": .object(wish.json),
        ]
    }

    init(json: JSONValue) throws(RuntimeError) {
        let wish = try MountRequest(FieldReader(json["wish"], path: "wish"))
        self.init(
            wish: wish, volumeName: json["volumeName"]?.stringValue ?? "", source: json["source"]?.stringValue ?? "",
            isAnonymous: json["isAnonymous"]?.boolValue ?? false,
            wantsImageContent: json["wantsImageContent"]?.boolValue ?? false
        )
    }

    /// A mount for a wish whose source is known.
    init(wish: MountRequest, volumeName: String, source: String, isAnonymous: Bool, wantsImageContent: Bool) {
        self.init(
            kind: wish.kind, volumeName: volumeName, source: source, destination: wish.target,
            isWritable: !wish.readOnly,
            propagation: wish.kind == .bind ? (wish.propagation.isEmpty ? "rprivate" : wish.propagation) : "",
            isAnonymous: isAnonymous, wantsImageContent: wantsImageContent, wish: wish
        )
    }
}

extension NetworkAttachment {
    var json: JSONValue {
        [
            "network": .string(network), "networkID": .string(networkID), "interface": .string(interfaceName),
            "ipv4": .string(ipv4Address), "prefix": .integer(Int64(prefixLength)), "gateway": .string(gateway),
            "mac": .string(macAddress), "servers": JSONValue(strings: nameServers),
            "search": JSONValue(strings: searchDomains), "options": JSONValue(strings: resolverOptions),
        ]
    }

    init(json: JSONValue) {
        func text(_ key: String) -> String { json[key]?.stringValue ?? "" }
        func list(_ key: String) -> [String] { (json[key]?.arrayValue ?? []).compactMap(\.stringValue) }
        self.init(
            network: text("network"), networkID: text("networkID"), interfaceName: text("interface"),
            ipv4Address: text("ipv4"), prefixLength: Int(json["prefix"]?.intValue ?? 0), gateway: text("gateway"),
            macAddress: text("mac"), nameServers: list("servers"), searchDomains: list("search"),
            resolverOptions: list("options")
        )
    }
}

extension PortBinding {
    var json: JSONValue {
        [
            "container": .string(containerPort.description), "address": .string(hostAddress),
            "port": .integer(Int64(hostPort)),
        ]
    }

    init(json: JSONValue) throws(RuntimeError) {
        self.init(
            containerPort: try ContainerPort(parsing: json["container"]?.stringValue ?? ""),
            hostAddress: json["address"]?.stringValue ?? "", hostPort: UInt16(clamping: json["port"]?.intValue ?? 0)
        )
    }
}
