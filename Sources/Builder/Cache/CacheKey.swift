import Document
import OCI

/// What a step's result depends on, field by field. Pure.
///
/// The fields are kept beside the key, so that a later miss can be explained by comparing them. Values of secrets,
/// host proxies and certificates never become a field.
public struct CacheInputs: Sendable, Hashable {
    /// The fields in order: what they are, and their value or its digest.
    public private(set) var fields: [Field] = []

    /// One thing that a result depends on.
    public struct Field: Sendable, Hashable {
        /// What it is, for example `files` or `environment`.
        public let name: String
        /// Its value.
        public let value: String
    }

    /// Starts with the kind of step.
    init(kind: String) { add("kind", kind) }

    /// Rebuilds inputs that were stored.
    init(fields: [Field]) { self.fields = fields }

    mutating func add(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }

    /// The key: lower-case hexadecimal SHA-256 over all fields.
    public var key: String {
        // Lengths in front keep fields from running into each other.
        let text = fields.map { "\($0.name.utf8.count):\($0.name)=\($0.value.utf8.count):\($0.value)\n" }.joined()
        return Hexadecimal.digest(of: text)
    }

    /// The names of the fields in which `self` and `other` differ.
    public func differences(from other: CacheInputs) -> [String] {
        var names: [String] = []
        let count = max(fields.count, other.fields.count)
        for index in 0..<count {
            let mine = fields.indices.contains(index) ? fields[index] : nil
            let theirs = other.fields.indices.contains(index) ? other.fields[index] : nil
            if mine != theirs, let name = (mine ?? theirs)?.name, !names.contains(name) { names.append(name) }
        }
        return names
    }
}

extension CacheInputs {
    /// The key of a whole image: its configuration without the time, with its layers.
    static func image(_ config: ImageConfig) throws -> String {
        var timeless = config
        timeless.created = nil
        var inputs = CacheInputs(kind: "image")
        inputs.add("config", String(decoding: try JSONEncoding.encode(timeless), as: UTF8.self))
        return inputs.key
    }

    /// The inputs of what a COPY or mount takes from a stage or an image, before its content is looked at.
    static func selection(_ sources: [String], excludes: [String], keepsParents: Bool, from key: String) -> CacheInputs
    {
        var inputs = CacheInputs(kind: "selection")
        inputs.add("origin", key)
        inputs.add("sources", GoText.list(sources))
        inputs.add("excludes", GoText.list(excludes))
        inputs.add("parents", "\(keepsParents)")
        return inputs
    }

    /// The inputs of a stage's beginning.
    static func base(_ identity: String) -> CacheInputs {
        var inputs = CacheInputs(kind: "base")
        inputs.add("image", identity)
        return inputs
    }

    /// The inputs of a RUN: command, environment, directory, user, network and what its mounts show.
    static func run(
        _ step: RunStep, parent: String, mountDigests: [String], network: String, hosts: [String]
    ) -> CacheInputs {
        var inputs = CacheInputs(kind: "run")
        inputs.add("parent", parent)
        inputs.add("command", GoText.list(step.arguments))
        inputs.add("environment", GoText.list(step.environment))
        inputs.add("working directory", step.workingDirectory)
        inputs.add("user", step.user)
        inputs.add("network", network)
        if let script = step.script { inputs.add("script", script.body) }
        if !hosts.isEmpty { inputs.add("extra hosts", GoText.list(hosts)) }
        for (mount, digest) in zip(step.mounts, mountDigests) {
            inputs.add("mount", mount.mount.keyText)
            if !digest.isEmpty { inputs.add("mounted files", digest) }
        }
        return inputs
    }

    /// The inputs of a COPY or ADD: what is copied, where to and how.
    static func copy(_ step: CopyStep, parent: String, files: String) -> CacheInputs {
        var inputs = CacheInputs(kind: "copy")
        inputs.add("parent", parent)
        inputs.add("files", files)
        for file in step.inlineFiles { inputs.add("heredoc \(file.name)", file.body) }
        inputs.add("destination", step.destination + (step.destinationIsDirectory ? "/" : ""))
        inputs.add(
            "options", "\(step.mode.map { "\($0)" } ?? "") \(step.isLinked) \(step.keepsParents) \(step.unpacks)")
        inputs.add("owner", step.owner ?? "")
        return inputs
    }

    /// The inputs of a WORKDIR.
    static func directory(_ path: String, user: String, parent: String) -> CacheInputs {
        var inputs = CacheInputs(kind: "directory")
        inputs.add("parent", parent)
        inputs.add("path", path)
        inputs.add("user", user)
        return inputs
    }
}

extension RunMount {
    /// The mount as a cache key sees it: never a secret's or a cache's content.
    fileprivate var keyText: String {
        switch self {
        case .bind(let bind): "bind \(bind.source) \(bind.target) \(bind.isWritable)"
        case .cache(let cache): "cache \(cache.id) \(cache.target) \(cache.isReadOnly)"
        case .tmpfs(let target, let size): "tmpfs \(target) \(size ?? 0)"
        case .secret(let secret): "secret \(secret.id) \(secret.target ?? "") \(secret.variable ?? "")"
        }
    }
}
