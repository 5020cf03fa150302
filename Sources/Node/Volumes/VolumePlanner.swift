import Cluster
import Document
import Effects

/// Reads what a pod's volumes are to be. Asks the token source; everything else is a function of its values.
struct VolumePlanner: Sendable {
    let spec: PodSpec
    let references: ReferenceReader
    let fields: DownwardField
    let tokens: any PodTokenSource

    /// Plans by volume name, with the moment at which the first token needs to be replaced.
    struct Result: Sendable {
        var plans: [(name: String, plan: VolumePlan)] = []
        var renewTokensAt: Timestamp?
    }

    /// Plans every volume of the pod.
    /// - Throws: `NodeError` naming the volume and the object or key that is missing.
    func plan(at now: Timestamp) async throws -> Result {
        var result = Result()
        for volume in spec.json.items("volumes") {
            let name = volume.text("name")
            do {
                result.plans.append((name, try await plan(volume, at: now, renewal: &result.renewTokensAt)))
            } catch {
                throw NodeError(.volumeUnavailable, "MountVolume.SetUp failed for volume \"\(name)\"", cause: error)
            }
        }
        return result
    }

    private func plan(_ volume: JSONValue, at now: Timestamp, renewal: inout Timestamp?) async throws -> VolumePlan {
        if let empty = volume["emptyDir"] {
            guard empty.text("medium") == "Memory" else { return .scratch }
            return .memory(limitBytes: empty["sizeLimit"].flatMap { Quantity(json: $0)?.value })
        }
        if let host = volume["hostPath"] { return .host(path: host.text("path"), type: host.text("type")) }
        if let source = volume["configMap"] {
            return .payload(try objectFiles(source, name: source.text("name"), kind: "configmap", defaultMode: nil))
        }
        if let source = volume["secret"] {
            return .payload(try objectFiles(source, name: source.text("secretName"), kind: "secret", defaultMode: nil))
        }
        if let source = volume["downwardAPI"] {
            return .payload(try downwardFiles(source, defaultMode: source["defaultMode"]?.intValue))
        }
        if let projected = volume["projected"] {
            return .payload(try await projectedFiles(projected, at: now, renewal: &renewal))
        }
        let kind = volume.objectValue?.keys.first { $0 != "name" } ?? "none"
        throw NodeError(.unsupported, "volume type \(kind) is not supported")
    }

    private func projectedFiles(
        _ projected: JSONValue, at now: Timestamp, renewal: inout Timestamp?
    ) async throws -> [VolumeFile] {
        let mode = projected["defaultMode"]?.intValue
        var files: [VolumeFile] = []
        for source in projected.items("sources") {
            if let map = source["configMap"] {
                files += try objectFiles(map, name: map.text("name"), kind: "configmap", defaultMode: mode)
            } else if let secret = source["secret"] {
                files += try objectFiles(secret, name: secret.text("name"), kind: "secret", defaultMode: mode)
            } else if let downward = source["downwardAPI"] {
                files += try downwardFiles(downward, defaultMode: mode)
            } else if let token = source["serviceAccountToken"] {
                files.append(try await tokenFile(token, defaultMode: mode, at: now, renewal: &renewal))
            } else {
                let kind = source.objectValue?.keys.first ?? "none"
                throw NodeError(.unsupported, "projected source \(kind) is not supported")
            }
        }
        return files
    }

    private func tokenFile(
        _ source: JSONValue, defaultMode: Int64?, at now: Timestamp, renewal: inout Timestamp?
    ) async throws -> VolumeFile {
        let account = spec.json.text("serviceAccountName")
        let request = PodTokenRequest(
            namespace: spec.namespace, serviceAccount: account.isEmpty ? "default" : account,
            audience: source.text("audience"), expirationSeconds: source["expirationSeconds"]?.intValue ?? 3600,
            podName: spec.name, podUID: spec.uid)
        let token = try await tokens.token(for: request)
        // Replaced after four fifths of its life, so that a reader never meets an expired one.
        let due = now + (token.expiresAt - now) / 5 * 4
        renewal = renewal.map { min($0, due) } ?? due
        // Only the pod's own user may read it, where there is one (serviceaccount token volume, KEP-1205).
        let security = spec.json["securityContext"]
        let isRestricted = security?["fsGroup"] != nil || security?["runAsUser"] != nil
        let mode = isRestricted ? 0o600 : Self.mode(nil, defaultMode)
        return VolumeFile(path: source.text("path"), bytes: Array(token.token.utf8), mode: mode)
    }

    private func objectFiles(
        _ source: JSONValue, name: String, kind: String, defaultMode: Int64?
    ) throws -> [VolumeFile] {
        let isOptional = source["optional"]?.boolValue ?? false
        let read = kind == "secret" ? references.secret : references.configMap
        guard let data = read(name) else {
            if isOptional { return [] }
            throw NodeError(.missingReference, "\(kind) \"\(name)\" not found")
        }
        let mode = source["defaultMode"]?.intValue ?? defaultMode
        guard let items = source["items"]?.arrayValue, !items.isEmpty else {
            return data.sorted { $0.key < $1.key }
                .map { VolumeFile(path: $0.key, bytes: $0.value, mode: Self.mode(nil, mode)) }
        }
        return try items.compactMap { item in
            guard let bytes = data[item.text("key")] else {
                if isOptional { return nil }
                throw NodeError(
                    .missingReference, "\(kind) \"\(name)\" references non-existent key \"\(item.text("key"))\"")
            }
            return VolumeFile(path: item.text("path"), bytes: bytes, mode: Self.mode(item["mode"]?.intValue, mode))
        }
    }

    private func downwardFiles(_ source: JSONValue, defaultMode: Int64?) throws -> [VolumeFile] {
        try source.items("items").map { item in
            let text: String
            if let field = item["fieldRef"] {
                text = try fields.value(at: field.text("fieldPath"))
            } else {
                guard let container = spec.containers.first else { throw NodeError(.missingReference, "no container") }
                text = try fields.resource(item["resourceFieldRef"] ?? .null, defaultContainer: container)
            }
            return VolumeFile(
                path: item.text("path"), bytes: Array(text.utf8), mode: Self.mode(item["mode"]?.intValue, defaultMode))
        }
    }

    private static func mode(_ own: Int64?, _ inherited: Int64?) -> UInt32 {
        UInt32(truncatingIfNeeded: own ?? inherited ?? 0o644) & 0o777
    }
}
