import Effects
import EventBus
import Images
import Logging
import OCI
import SystemLinux

/// A step that makes a layer, ready to be looked up or carried out.
struct LayerWork: Sendable {
    /// What the result depends on.
    let inputs: CacheInputs
    /// Fills `root.upper`; `step` is the number that progress knows it by.
    let make: @Sendable (_ root: OverlayRoot, _ step: Int) async throws -> Void
}

extension StageExecutor {
    /// Works out the cache inputs of a step and how to carry it out.
    func prepare(
        _ action: StageStep.Action, of step: StageStep, origins: [CopyOrigin: StepOrigin], on result: StageResult
    ) async throws -> LayerWork {
        switch action {
        case .directory(let path, let user):
            return LayerWork(inputs: .directory(path, user: user, parent: result.key)) { root, _ in
                let now = engine.effects.now.nanoseconds
                try await BlockingPool.shared.run { try Self.makeDirectory(path, user: user, in: root, now: now) }
            }
        case .copy(let copy):
            return try await prepareCopy(copy, origins: origins, on: result)
        case .run(let run):
            let platform = result.platform
            guard platform.runs(on: .host) || platform.architecture.isEmpty else {
                throw BuilderError(
                    .unsupported,
                    "RUN needs to execute \(platform) programs on \(OCIPlatform.host), which skiff does not emulate: "
                        + "copy from a stage that runs here instead")
            }
            return try await prepareRun(run, origins: origins, on: result)
        }
    }

    private static func makeDirectory(
        _ path: String, user: String, in root: OverlayRoot, now: Int64
    ) throws(BuilderError) {
        let base = LayeredTree(layers: root.lower)
        let resolved = try base.resolve(path, followsLast: true)
        if let entry = resolved.entry {
            guard entry.isDirectory else {
                throw BuilderError(.context, "WORKDIR \(path): a file with this name exists in the image already")
            }
            return
        }
        let owner = user.isEmpty ? Ownership.root : try OwnerResolver(tree: base).resolve(user)
        let writer = LayerWriter(upper: root.upper, base: base, owner: owner, mode: nil)
        try writer.makeDirectories(resolved.path, nanoseconds: now)
        try writer.finish()
    }

    private func prepareCopy(
        _ copy: CopyStep, origins: [CopyOrigin: StepOrigin], on result: StageResult
    ) async throws -> LayerWork {
        var (digest, content) = ("", nil as CollectedContent?)
        let origin = origins[copy.origin]
        if let origin {
            (digest, content) = try await contentDigest(
                copy.sources, excludes: copy.excludes, keepsParents: copy.keepsParents, from: origin)
        } else {
            content = CollectedContent(sources: [], digest: "")
        }
        let collected = content
        // A linked layer is the same wherever it is stacked.
        let parent = copy.isLinked && copy.owner == nil ? "" : result.key
        let scratch = session.scratch
        return LayerWork(inputs: .copy(copy, parent: parent, files: digest)) { root, step in
            var content = collected
            if content == nil, let origin {
                content = try await collect(
                    copy.sources, excludes: copy.excludes, keepsParents: copy.keepsParents, from: origin)
            }
            guard let content else { return }
            let directory = "\(scratch)/copy-\(step)"
            try await BlockingPool.shared.run { try Directory.make(directory, mode: 0o700) }
            try await CopyOperation(
                step: copy, content: content, upper: root.upper, base: LayeredTree(layers: root.lower),
                nanoseconds: engine.effects.now.nanoseconds, scratch: directory, keepsOwners: origin?.key != nil
            ).run()
        }
    }

    /// Looks the step up or carries it out, and adds its layer to the stage.
    func carryOut(
        _ work: LayerWork, of step: StageStep, at index: Int, number: Int, into result: inout StageResult
    ) async throws {
        let (layer, isCached) = try await resolve(work, step: step, at: index, number: number, layers: result.layers)
        if let diffID = layer.diffID {
            result.layers.append(
                Layer(
                    diffID: diffID,
                    blob: Descriptor(mediaType: .ociLayer, digest: diffID, sizeBytes: layer.sizeBytes)))
        }
        result.history.append(
            entry(for: step, after: result, created: layer.created.rfc3339Nano, isEmpty: layer.diffID == nil))
        result.key = work.inputs.key
        result.usedKeys.append(work.inputs.key)
        result.places[place(index)] = work.inputs
        if isCached { reporter.cached(number) } else { reporter.finish(number) }
        engine.bus.publish(
            .build(.stepFinished(build: session.id, step: number, cached: isCached)), subject: .build(session.id),
            module: .builder, cause: session.request.cause)
    }

    /// Names this place of this Dockerfile, so that the next build can say what changed.
    private func place(_ index: Int) -> String {
        Hexadecimal.digest(
            of:
                "\(session.request.contextDirectory ?? "")\n\(plan.dockerfile.source.name)\n\(node.stage.index)\n\(index)"
        )
    }

    private func resolve(
        _ work: LayerWork, step: StageStep, at index: Int, number: Int, layers: [Layer]
    ) async throws -> (CachedLayer, isCached: Bool) {
        let key = work.inputs.key
        let ignoresCache = session.request.ignoresCache
        if !ignoresCache {
            if let hit = try await engine.lookUp(key) { return (hit, true) }
            if let before = try await engine.cache.inputs(at: place(index)) {
                reporter.missed(number, changed: work.inputs.differences(from: before))
            }
        }
        // Whoever else builds the same step now waits here and finds the result.
        return try await engine.flights.withLock(key) {
            if !ignoresCache, let hit = try await engine.lookUp(key) { return (hit, true) }
            let layer = try await engine.stepGate.withLock("step") {
                try await execute(work, number: number, layers: layers)
            }
            let made = CachedLayer(
                diffID: layer?.diffID, sizeBytes: layer?.blob.sizeBytes ?? 0, created: engine.effects.now)
            if let layer { try await engine.images.retain(layers: [layer], holder: BuildEngine.cacheHolder) }
            try await engine.cache.insert(made, inputs: work.inputs, title: step.title)
            return (made, false)
        }
    }

    /// Carries the step out in a root of its own; the root is gone afterwards whatever happens.
    private func execute(_ work: LayerWork, number: Int, layers: [Layer]) async throws -> Layer? {
        let containerID = "\(BuildEngine.containerPrefix)\(session.id)-\(engine.effects.hexID().prefix(12))"
        let (images, logger) = (engine.images, engine.logger)
        let outcome: Result<Layer?, any Error>
        do {
            let root = try await images.makeRoot(layers: layers, containerID: containerID)
            try await work.make(root, number)
            outcome = .success(try await images.commitLayer(containerID: containerID))
        } catch {
            outcome = .failure(error)
        }
        await uncancelled {
            do { try await images.removeRoot(containerID: containerID) } catch {
                logger.warning("root of a build step stays behind", metadata: ["error": "\(error)"])
            }
        }
        return try outcome.get()
    }
}

extension BuildEngine {
    /// The stored result for `key`, if its layer still stands.
    func lookUp(_ key: String) async throws -> CachedLayer? {
        guard let found = try await cache.step(key) else { return nil }
        guard let diffID = found.diffID else { return found }
        if try await images.hasLayer(diffID) { return found }
        try await cache.remove(key)
        return nil
    }

    /// Notes which results a build used, and forgets what is beyond the cache's limit.
    func noteUse(of keys: [String], places: [String: CacheInputs]) async throws {
        try await cache.finish(used: keys, places: places, now: effects.now)
        let overflow = try await cache.overflow()
        if !overflow.isEmpty { _ = try await forget(overflow) }
    }

    /// Forgets results and lets go of their layers; returns the bytes of layers that no result needs any more.
    @discardableResult
    func forget(_ keys: [String]) async throws -> [Digest] {
        let orphans = try await cache.remove(keys)
        for digest in orphans { try await images.release(layer: digest, holder: Self.cacheHolder) }
        return orphans
    }
}
