/// Decides what RUN steps get of the host's extra certificate authorities, proxies and package index settings. Pure.
///
/// Everything is given for the time of the step only: as environment and as one file mounted read-only below the
/// container's `/dev`, which is a file system of its own. Nothing of it enters a layer, a config or a cache key.
public enum HostTrust {
    /// Where the certificate bundle appears inside a step.
    public static let bundlePath = "/dev/skiff/ca-certificates.crt"

    /// What a step gets.
    public struct Decision: Sendable, Hashable {
        /// Variables that are set unless the image or the Dockerfile sets them.
        public let environment: [String: String]
        /// The host's certificate bundle; nil when none is handed on.
        public let bundle: String?

        /// Hands nothing on.
        public static let nothing = Decision(environment: [:], bundle: nil)
    }

    /// What the decision may look at.
    public struct Host: Sendable {
        /// The environment of the process.
        public let environment: [String: String]
        /// Whether a path is a regular file with content.
        public let isFile: @Sendable (String) -> Bool
        /// The names in a directory, empty when there is none.
        public let names: @Sendable (String) -> [String]
        /// The text of a small file, nil when it cannot be read.
        public let text: @Sendable (String) -> String?

        /// Describes a host; tests give closures over literal data.
        public init(
            environment: [String: String], isFile: @escaping @Sendable (String) -> Bool,
            names: @escaping @Sendable (String) -> [String], text: @escaping @Sendable (String) -> String?
        ) {
            self.environment = environment
            self.isFile = isFile
            self.names = names
            self.text = text
        }
    }

    /// Variables of tools that name a certificate bundle.
    static let bundleVariables = [
        "SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO",
        "AWS_CA_BUNDLE", "CARGO_HTTP_CAINFO",
    ]
    private static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]
    private static let extraAuthorities = [
        "/usr/local/share/ca-certificates", "/etc/pki/ca-trust/source/anchors",
        "/etc/ca-certificates/trust-source/anchors",
    ]
    private static let proxyNames = ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"]
    /// Settings of pip that say where packages come from, and how patient it is.
    private static let indexNames = [
        "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES",
    ]
    private static let pipFiles = ["/etc/pip.conf", "/etc/xdg/pip/pip.conf"]

    /// Decides for `host`.
    public static func decide(_ host: Host) -> Decision {
        var environment = proxies(host.environment)
        environment.merge(packageIndex(host)) { $1 }
        let bundle = trustedBundle(host)
        if bundle != nil { for name in bundleVariables { environment[name] = bundlePath } }
        return Decision(environment: environment, bundle: bundle)
    }

    /// The bundle that is handed on: only when the host names one itself or has authorities of its own.
    private static func trustedBundle(_ host: Host) -> String? {
        let named = bundleVariables.compactMap { host.environment[$0] }.first { host.isFile($0) }
        let hasExtra = extraAuthorities.contains { directory in
            host.names(directory).contains { $0.hasSuffix(".crt") || $0.hasSuffix(".pem") }
        }
        guard named != nil || hasExtra else { return nil }
        return named ?? bundles.first { host.isFile($0) }
    }

    /// Proxies in both spellings, because tools read one or the other.
    private static func proxies(_ environment: [String: String]) -> [String: String] {
        var found: [String: String] = [:]
        for name in proxyNames {
            let upper = name.uppercased()
            guard let value = environment[name] ?? environment[upper], !value.isEmpty else { continue }
            found[name] = environment[name] ?? value
            found[upper] = environment[upper] ?? value
        }
        return found
    }

    /// pip's index from the environment, else from the host's configuration files.
    private static func packageIndex(_ host: Host) -> [String: String] {
        var found: [String: String] = [:]
        var files = pipFiles
        if let home = host.environment["HOME"] { files += ["\(home)/.config/pip/pip.conf", "\(home)/.pip/pip.conf"] }
        for text in files.compactMap({ host.text($0) }) { found.merge(globalSettings(text)) { $1 } }
        for name in indexNames { if let value = host.environment[name], !value.isEmpty { found[name] = value } }
        return found
    }

    /// The `[global]` settings of a pip configuration that say where packages come from, as variables.
    static func globalSettings(_ text: String) -> [String: String] {
        var found: [String: String] = [:]
        var section = ""
        for line in text.split(whereSeparator: \.isNewline).map({ String($0).trimmingBlanks() }) {
            if line.hasPrefix("["), line.hasSuffix("]") {
                section = String(line.dropFirst().dropLast())
            } else if section == "global", let separator = line.firstIndex(where: { $0 == "=" || $0 == ":" }) {
                let key = String(line[..<separator]).trimmingBlanks().lowercased()
                let name = "PIP_" + String(key.map { $0 == "-" ? "_" : $0 }).uppercased()
                let value = String(line[line.index(after: separator)...]).trimmingBlanks()
                if indexNames.contains(name), !value.isEmpty { found[name] = value }
            }
        }
        return found
    }
}
