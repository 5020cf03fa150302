import Cluster
import Document

/// Logins in a Secret of type `kubernetes.io/dockerconfigjson` or `kubernetes.io/dockercfg`.
enum PullSecret {
    /// The logins; entries that can't be read are left out, as the kubelet does.
    static func credentials(in data: [String: [UInt8]]) -> [PodImageCredential] {
        if let bytes = data[".dockerconfigjson"], let config = try? JSONReader.parse(bytes) {
            return credentials(config["auths"] ?? .null)
        }
        if let bytes = data[".dockercfg"], let config = try? JSONReader.parse(bytes) { return credentials(config) }
        return []
    }

    private static func credentials(_ entries: JSONValue) -> [PodImageCredential] {
        guard let entries = entries.objectValue else { return [] }
        return entries.compactMap { registry, entry in
            var user = entry.text("username")
            var password = entry.text("password")
            if user.isEmpty, let joined = Base64.decode(entry.text("auth")) {
                let parts = String(decoding: joined, as: UTF8.self).split(separator: ":", maxSplits: 1)
                guard parts.count == 2 else { return nil }
                user = String(parts[0])
                password = String(parts[1])
            }
            guard !user.isEmpty else { return nil }
            return PodImageCredential(registry: host(of: registry), username: user, password: password)
        }
    }

    /// `https://index.docker.io/v1/` and `index.docker.io` name the same registry.
    private static func host(of registry: String) -> String {
        var text = registry[...]
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) { text = text.dropFirst(scheme.count) }
        return String(text.prefix { $0 != "/" })
    }
}
