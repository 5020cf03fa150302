import Document
import Images
import SystemLinux

/// Credentials in Docker's configuration file (`~/.docker/config.json`, or `$DOCKER_CONFIG/config.json`).
struct DockerConfigFile: Sendable {
    /// Largest file that is read.
    private static let limitBytes = 1 << 20

    private let document: JSONValue

    /// Reads the file; a missing one holds nothing. Blocking. Throws `invalid` for one that is not JSON.
    static func load(path: String) throws -> DockerConfigFile {
        guard File.exists(path) else { return DockerConfigFile(document: .object(JSONObject())) }
        do {
            return DockerConfigFile(document: try JSONReader.parse(try File.read(path, limit: limitBytes)))
        } catch {
            throw ImageError(.invalid, "credential file \(path) cannot be read", cause: error)
        }
    }

    /// Makes a file of its content.
    init(document: JSONValue) { self.document = document }

    /// Where the file is for a process with this environment.
    static func path(environment: [String: String]) -> String {
        if let directory = environment["DOCKER_CONFIG"] { return "\(directory)/config.json" }
        return "\(environment["HOME"] ?? "/root")/.docker/config.json"
    }

    /// The credentials for a registry, nil when the file has none in clear.
    func credentials(for host: RegistryHost) -> RegistryCredentials? {
        for key in host.credentialKeys {
            guard let entry = document["auths"]?[key] else { continue }
            if let token = entry["identitytoken"]?.stringValue, !token.isEmpty {
                return RegistryCredentials(username: "", password: "", identityToken: token)
            }
            if let encoded = entry["auth"]?.stringValue, let bytes = Base64.decode(encoded) {
                let text = String(decoding: bytes, as: UTF8.self)
                guard let colon = text.firstIndex(of: ":") else { continue }
                return RegistryCredentials(
                    username: String(text[..<colon]), password: String(text[text.index(after: colon)...])
                )
            }
            if let user = entry["username"]?.stringValue, let password = entry["password"]?.stringValue {
                return RegistryCredentials(username: user, password: password)
            }
        }
        return nil
    }

    /// The credential helper that the file names for a registry; it is a program that only the person's shell can run.
    func helper(for host: RegistryHost) -> String? {
        for key in host.credentialKeys {
            if let suffix = document["credHelpers"]?[key]?.stringValue { return suffix }
        }
        let isListed = host.credentialKeys.contains { document["auths"]?[$0] != nil }
        return isListed ? document["credsStore"]?.stringValue : nil
    }
}
