import Document
import SystemLinux

/// The user's kubeconfig: one file or several merged, as kubectl reads them.
///
/// Of entries with the same name the first counts; relative paths are relative to the file that names them. Blocks for
/// the disk.
public struct KubeconfigFile: Sendable {
    private struct Entry: Sendable {
        let value: JSONValue
        let folder: String
    }

    /// The files it was read from.
    public let paths: [String]
    /// `current-context`; empty when none is set.
    public let currentContext: String
    private let contexts: [String: Entry]
    private let clusters: [String: Entry]
    private let users: [String: Entry]

    /// Names of all contexts, sorted.
    public var contextNames: [String] { self.contexts.keys.sorted() }

    /// The paths kubectl would read: `explicit`, else `KUBECONFIG` (colon-separated), else `~/.kube/config`.
    public static func paths(explicit: String? = nil) -> [String] {
        if let explicit { return [explicit] }
        let listed = ProcessEnvironment.value("KUBECONFIG")?.split(separator: ":").map { String($0) } ?? []
        return listed.isEmpty ? ["\(ProcessEnvironment.value("HOME") ?? "/root")/.kube/config"] : listed
    }

    /// Reads and merges files; missing ones are skipped unless all are.
    public init(paths: [String]) throws(KubernetesClientError) {
        var documents: [(value: JSONValue, path: String)] = []
        for path in paths where File.exists(path) { documents.append((try Self.read(path), path)) }
        guard !documents.isEmpty else {
            throw KubernetesClientError(
                .badKubeconfig, "no kubeconfig at \(paths.joined(separator: ", ")); set KUBECONFIG or use --kubeconfig")
        }
        self.paths = documents.map(\.path)
        self.currentContext =
            documents.lazy.compactMap { $0.value["current-context"]?.stringValue }.first { !$0.isEmpty } ?? ""
        self.contexts = Self.entries("contexts", "context", documents)
        self.clusters = Self.entries("clusters", "cluster", documents)
        self.users = Self.entries("users", "user", documents)
    }

    private static func read(_ path: String) throws(KubernetesClientError) -> JSONValue {
        do {
            let text = try File.readText(path, limit: 4 << 20)
            return try YAMLReader.parse(text, source: path).first?.value ?? [:]
        } catch { throw KubernetesClientError(.badKubeconfig, "cannot read kubeconfig \(path)", cause: error) }
    }

    private static func entries(
        _ list: String, _ key: String, _ documents: [(value: JSONValue, path: String)]
    ) -> [String: Entry] {
        var entries: [String: Entry] = [:]
        for document in documents {
            for item in document.value[list]?.arrayValue ?? [] {
                guard let name = item["name"]?.stringValue, entries[name] == nil else { continue }
                entries[name] = Entry(value: item[key] ?? [:], folder: File.parent(of: document.path))
            }
        }
        return entries
    }

    /// What a context says; without a name the current one.
    public func access(context name: String? = nil) throws(KubernetesClientError) -> KubernetesAccess {
        let name = name ?? self.currentContext
        guard let context = self.contexts[name] else {
            let known = self.contextNames.joined(separator: ", ")
            throw KubernetesClientError(
                .badKubeconfig, "kubeconfig has no context \"\(name)\"; it has: \(known.isEmpty ? "none" : known)")
        }
        let clusterName = context.value["cluster"]?.stringValue ?? ""
        guard let cluster = self.clusters[clusterName], let server = cluster.value["server"]?.stringValue else {
            throw KubernetesClientError(
                .badKubeconfig, "context \"\(name)\" names cluster \"\(clusterName)\", which the kubeconfig lacks")
        }
        var access = KubernetesAccess(context: name, server: server)
        access.namespace = context.value["namespace"]?.stringValue ?? "default"
        access.authorityPEM = try Self.content("certificate-authority", of: cluster)
        access.skipsVerification = cluster.value["insecure-skip-tls-verify"]?.boolValue ?? false
        access.serverName = cluster.value["tls-server-name"]?.stringValue
        try self.readUser(context.value["user"]?.stringValue ?? "", into: &access)
        return access
    }

    private func readUser(_ name: String, into access: inout KubernetesAccess) throws(KubernetesClientError) {
        guard !name.isEmpty else { return }
        guard let user = self.users[name] else {
            throw KubernetesClientError(.badKubeconfig, "the kubeconfig has no user \"\(name)\"")
        }
        for unsupported in ["exec", "auth-provider", "username"] where user.value[unsupported] != nil {
            throw KubernetesClientError(
                .badKubeconfig,
                "user \"\(name)\" signs in with \"\(unsupported)\", which skiff cannot; use a client certificate or token"
            )
        }
        access.certificatePEM = try Self.content("client-certificate", of: user)
        access.keyPEM = try Self.content("client-key", of: user)
        access.token = user.value["token"]?.stringValue
        if access.token == nil, let path = user.value["tokenFile"]?.stringValue {
            access.token = String(decoding: try Self.file(path, user.folder), as: UTF8.self).split(separator: "\n")
                .first
                .map { String($0) }
        }
    }

    /// `key-data` in base64, or the content of the file that `key` names.
    private static func content(_ key: String, of entry: Entry) throws(KubernetesClientError) -> [UInt8]? {
        if let data = entry.value["\(key)-data"]?.stringValue, !data.isEmpty {
            guard let bytes = Base64.decode(data) else {
                throw KubernetesClientError(.badKubeconfig, "\(key)-data in the kubeconfig is not base64")
            }
            return bytes
        }
        guard let path = entry.value[key]?.stringValue, !path.isEmpty else { return nil }
        return try self.file(path, entry.folder)
    }

    private static func file(_ path: String, _ folder: String) throws(KubernetesClientError) -> [UInt8] {
        let absolute = path.hasPrefix("/") ? path : "\(folder)/\(path)"
        do { return try File.read(absolute, limit: 1 << 20) } catch {
            throw KubernetesClientError(
                .badKubeconfig, "cannot read \(absolute), which the kubeconfig names", cause: error)
        }
    }
}
