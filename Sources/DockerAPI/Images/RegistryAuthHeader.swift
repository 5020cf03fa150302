import Document
import HTTPTypes
import Hummingbird
import Images
import OCI

/// `X-Registry-Auth`: credentials for one request, as base64url JSON (docker-oci.md §4.3).
enum RegistryAuthHeader {
    /// The header's credentials; nil when it is missing or empty (`e30=`). Throws `invalid` for broken ones.
    static func credentials(_ request: Request) throws(EngineError) -> RegistryCredentials? {
        guard let name = HTTPField.Name("X-Registry-Auth"), let text = request.headers[name], !text.isEmpty else {
            return nil
        }
        var standard = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        while standard.utf8.count % 4 != 0 { standard += "=" }
        guard let bytes = Base64.decode(standard), let json = try? JSONReader.parse(bytes) else {
            throw EngineError(.invalid, "header X-Registry-Auth is not base64url JSON")
        }
        if let token = json["identitytoken"]?.stringValue, !token.isEmpty {
            return RegistryCredentials(username: "", password: "", identityToken: token)
        }
        guard let user = json["username"]?.stringValue, !user.isEmpty else { return nil }
        return RegistryCredentials(username: user, password: json["password"]?.stringValue ?? "")
    }

    /// The registry that a server address of a login means; Docker Hub has an address of its own.
    static func registry(of address: String) -> String {
        var text = address[...]
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) { text = text.dropFirst(scheme.count) }
        let host = String(text.prefix { $0 != "/" })
        return host.isEmpty || host == "index.docker.io" ? Reference.defaultRegistry : host
    }
}
