import Document
import OCI
import SystemLinux

/// The logins of Docker's configuration file (`~/.docker/config.json`, or `$DOCKER_CONFIG/config.json`), shared with
/// docker itself. Calls block.
struct RegistryLogins {
    private static let limitBytes = 1 << 20
    /// The name under which Docker Hub's login is kept.
    private static let hubKey = "https://index.docker.io/v1/"

    private let path: String
    private var document: JSONValue

    /// Reads the file; a missing one is empty.
    init() throws {
        let directory =
            ProcessEnvironment.value("DOCKER_CONFIG")
            ?? (ProcessEnvironment.value("HOME") ?? "/root") + "/.docker"
        path = "\(directory)/config.json"
        guard File.exists(path) else {
            document = .object(JSONObject())
            return
        }
        do { document = try JSONReader.parse(try File.read(path, limit: Self.limitBytes)) } catch {
            throw CommandFailure("cannot read \(path): \(error)")
        }
    }

    /// The `X-Registry-Auth` header for a registry; none when there is no login in the file.
    func header(for registry: String) -> [(name: String, value: String)] {
        for key in Self.keys(registry) {
            guard let entry = document["auths"]?[key] else { continue }
            var auth: JSONValue = ["serveraddress": .string(key)]
            if let token = entry["identitytoken"]?.stringValue, !token.isEmpty {
                auth["identitytoken"] = .string(token)
            } else if let bytes = entry["auth"]?.stringValue.flatMap({ Base64.decode($0) }) {
                let text = String(decoding: bytes, as: UTF8.self)
                guard let colon = text.firstIndex(of: ":") else { continue }
                auth["username"] = .string(String(text[..<colon]))
                auth["password"] = .string(String(text[text.index(after: colon)...]))
            } else {
                continue
            }
            let encoded = Base64.encode(JSONWriter.bytes(auth))
            return [("X-Registry-Auth", String(encoded.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }))]
        }
        return []
    }

    /// Keeps a login; the file is readable for its owner only.
    mutating func set(registry: String, user: String, password: String) throws {
        let encoded = Base64.encode(Array("\(user):\(password)".utf8))
        document["auths", Self.key(registry)] = ["auth": .string(encoded)]
        try save()
    }

    /// Forgets a login; false when there was none.
    mutating func remove(registry: String) throws -> Bool {
        var found = false
        for key in Self.keys(registry) where document["auths"]?[key] != nil {
            document["auths", key] = nil
            found = true
        }
        if found { try save() }
        return found
    }

    private func save() throws {
        try Directory.make(File.parent(of: path), mode: 0o700)
        try File.writeAtomically(path, JSONWriter.bytes(document, style: .pretty), mode: 0o600)
    }

    private static func key(_ registry: String) -> String {
        registry == Reference.defaultRegistry ? hubKey : registry
    }

    private static func keys(_ registry: String) -> [String] {
        registry == Reference.defaultRegistry
            ? [hubKey, "index.docker.io", "docker.io", "registry-1.docker.io"]
            : [registry, "https://\(registry)", "http://\(registry)"]
    }
}
