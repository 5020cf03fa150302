import Effects
import Images
import OCI
import SystemLinux

/// A tree that a step takes files from, opened.
struct StepOrigin: Sendable {
    let tree: any FileTree
    /// How messages call it.
    let place: String
    /// What its content depends on; nil for the context, whose content is hashed each time.
    let key: String?
}

extension StageExecutor {
    /// Waits for the stages and fetches the images that the step takes files from.
    func resolveOrigins(
        of action: StageStep.Action, at range: SourceRange
    ) async throws -> [CopyOrigin: StepOrigin] {
        var wanted: Set<CopyOrigin> = []
        switch action {
        case .copy(let copy): wanted.insert(copy.origin)
        case .run(let run):
            for mount in run.mounts { if case .bind = mount.mount { wanted.insert(mount.origin) } }
        case .directory: break
        }
        var origins: [CopyOrigin: StepOrigin] = [:]
        for origin in wanted {
            if case .context = origin, needsNoContext(action) { continue }
            origins[origin] = try await resolve(origin, at: range)
        }
        return origins
    }

    /// Whether the step takes nothing from the context although that is where it would look.
    private func needsNoContext(_ action: StageStep.Action) -> Bool {
        if case .copy(let copy) = action { copy.sources.isEmpty } else { false }
    }

    private func resolve(_ origin: CopyOrigin, at range: SourceRange) async throws -> StepOrigin {
        switch origin {
        case .context:
            guard let context = plan.context else {
                throw BuilderError(
                    .context, "there is no build context: give a directory instead of a Dockerfile on standard input",
                    at: plan.location(range))
            }
            return StepOrigin(tree: context, place: "the build context", key: nil)
        case .stage(let index):
            let result = try await stages.result(of: index, for: node.stage.index)
            let name = plan.graph.nodes[index].stage.name ?? String(index)
            return StepOrigin(tree: try await tree(of: result.layers), place: "stage \(name)", key: result.key)
        case .image(let text):
            let image = try await baseImage(text, pulls: false)
            return StepOrigin(
                tree: try await tree(of: image.layers), place: "image \(text)",
                key: CacheInputs.base(image.id.description).key)
        }
    }

    private func tree(of layers: [Layer]) async throws -> LayeredTree {
        var directories: [String] = []
        for layer in layers.reversed() { directories.append(try await engine.images.layerTree(layer)) }
        return LayeredTree(layers: directories)
    }

    /// Collects and hashes what a step takes from `origin`.
    func collect(_ sources: [String], excludes: [String], keepsParents: Bool, from origin: StepOrigin) async throws
        -> CollectedContent
    {
        let isContext = origin.key == nil
        let collector = ContentCollector(
            tree: origin.tree, place: origin.place, hashesOwners: !isContext,
            hashes: isContext ? plan.hashes : FileHashCache(path: nil), effects: engine.effects)
        return try await collector.collect(sources, excludes: excludes, keepsParents: keepsParents)
    }

    /// The digest of what a step takes, and the content when it had to be collected for that.
    ///
    /// Stages and images do not change, so what they hold is hashed once and remembered.
    func contentDigest(
        _ sources: [String], excludes: [String] = [], keepsParents: Bool = false, from origin: StepOrigin
    ) async throws -> (digest: String, content: CollectedContent?) {
        guard let key = origin.key else {
            let content = try await collect(sources, excludes: excludes, keepsParents: keepsParents, from: origin)
            return (content.digest, content)
        }
        let alias = CacheInputs.selection(sources, excludes: excludes, keepsParents: keepsParents, from: key).key
        if let known = try await engine.cache.alias(alias) { return (known, nil) }
        let content = try await collect(sources, excludes: excludes, keepsParents: keepsParents, from: origin)
        try await engine.cache.insertAlias(alias, digest: content.digest, now: engine.effects.now)
        return (content.digest, content)
    }
}
