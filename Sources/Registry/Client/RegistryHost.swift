import OCI

/// Where a registry of a reference is really reached.
struct RegistryHost: Hashable, Sendable {
    /// The name in references: `docker.io`, `localhost:5000`.
    let name: String
    /// Host and port of the API.
    let authority: String
    /// Whether plain HTTP may be used when TLS is not spoken: on this machine only.
    let allowsPlain: Bool

    /// Docker Hub's API lives under another name than its references.
    init(_ name: String) {
        self.name = name
        authority = name == Reference.defaultRegistry ? "registry-1.docker.io" : name
        allowsPlain = Self.isLoopback(name)
    }

    /// Keys under which credential files keep this registry, best first.
    var credentialKeys: [String] {
        let hub = ["https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"]
        if name == Reference.defaultRegistry { return hub }
        return [name, "https://\(name)", "http://\(name)", "https://\(name)/v1/", "https://\(name)/v2/"]
    }

    static func isLoopback(_ name: String) -> Bool {
        if name.hasPrefix("[::1]") { return true }
        let host = name.prefix { $0 != ":" }
        if host == "localhost" { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets.first == "127" && octets.allSatisfy { UInt8($0) != nil }
    }
}
