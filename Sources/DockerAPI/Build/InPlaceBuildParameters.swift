import Builder
import Document
import HTTPService
import OCI
import SystemLinux

/// The body of `POST /skiff/v1/build`.
enum InPlaceBuildParameters {
    private static let known: Set<String> = [
        "context", "dockerfile", "dockerfilePath", "ignoreFile", "tags", "target", "buildArgs", "labels", "noCache",
        "pull", "network", "extraHosts", "platform", "secrets",
    ]

    /// Reads the request and checks that the caller may read the context and sees the same directory.
    ///
    /// - Throws: `EngineError` naming the field.
    static func request(from body: JSONValue, peer: HTTPPeer) throws -> BuildRequest {
        guard case .object(let object) = body else { throw EngineError(.invalid, "the body must be a JSON object") }
        for (key, _) in object where !known.contains(key) {
            throw EngineError(
                .invalid, "unknown field \"\(key)\" in the build request: the daemon may be older than the command line"
            )
        }
        var request = BuildRequest()
        request.contextDirectory = try object["context"].flatMap { try directory($0, peer: peer) }
        request.dockerfile = try file(object["dockerfile"], "dockerfile")
        request.dockerfilePath = try text(object["dockerfilePath"], "dockerfilePath") ?? "Dockerfile"
        request.ignoreFile = try file(object["ignoreFile"], "ignoreFile")
        request.tags = try texts(object["tags"], "tags").map { try Reference($0) }
        request.target = try text(object["target"], "target")
        request.arguments = try BuildParameterText.map(object["buildArgs"] ?? .null, "buildArgs")
        for (key, value) in try BuildParameterText.map(object["labels"] ?? .null, "labels") {
            request.labels[key] = value ?? ""
        }
        request.ignoresCache = object["noCache"]?.boolValue ?? false
        request.pullsBases = object["pull"]?.boolValue ?? false
        request.network = BuildParameterText.network(try text(object["network"], "network") ?? "")
        request.extraHosts = try texts(object["extraHosts"], "extraHosts")
        request.platform = try text(object["platform"], "platform").map { try OCIPlatform($0) }
        for (id, value) in try BuildParameterText.map(object["secrets"] ?? .null, "secrets") {
            guard let value, let bytes = Base64.decode(value) else {
                throw EngineError(.invalid, "secret \(id) must be base64 text")
            }
            request.secrets[id] = bytes
        }
        return request
    }

    /// The directory of the context: the caller must be root or own it, and must see the same one under that path.
    private static func directory(_ value: JSONValue, peer: HTTPPeer) throws -> String? {
        if case .null = value { return nil }
        guard case .object(let object) = value, let path = object["path"]?.stringValue, path.hasPrefix("/") else {
            throw EngineError(.invalid, "context must have an absolute path")
        }
        let status: FileStatus
        do { status = try File.status(path) } catch {
            throw EngineError(.invalid, "the daemon cannot read the build context: \(error.message)", cause: error)
        }
        guard status.kind == .directory else {
            throw EngineError(.invalid, "the build context \(path) is no directory")
        }
        guard let uid = peer.uid, uid == 0 || uid == status.userID else {
            throw EngineError(.forbidden, "only root and its owner may build from \(path)")
        }
        // In another mount namespace the same path may be another directory.
        if let inode = object["inode"]?.stringValue, inode != "\(status.device):\(status.inode)" {
            throw EngineError(
                .conflict, "the daemon sees another directory at \(path): run skiff outside of the container or sandbox"
            )
        }
        return path
    }

    private static func text(_ value: JSONValue?, _ name: String) throws -> String? {
        guard let value, value != .null else { return nil }
        guard case .string(let text) = value else { throw EngineError(.invalid, "\(name) must be a string") }
        return text.isEmpty ? nil : text
    }

    private static func texts(_ value: JSONValue?, _ name: String) throws -> [String] {
        guard let value, value != .null else { return [] }
        guard case .array(let items) = value else { throw EngineError(.invalid, "\(name) must be a list") }
        return try items.map { item in
            guard case .string(let text) = item else { throw EngineError(.invalid, "\(name) must hold strings") }
            return text
        }
    }

    private static func file(_ value: JSONValue?, _ name: String) throws -> BuildRequest.NamedContent? {
        guard let value, value != .null else { return nil }
        guard case .object(let object) = value, let file = object["name"]?.stringValue,
            let bytes = object["content"]?.stringValue.flatMap({ Base64.decode($0) })
        else { throw EngineError(.invalid, "\(name) must have a name and base64 content") }
        return BuildRequest.NamedContent(name: file, bytes: bytes)
    }
}
