import Effects
import Images
import SystemLinux

/// Puts together what a RUN step sees beside its root: mounts, mount points, secrets.
struct MountPreparation: Sendable {
    /// A secret larger than this is refused (BuildKit's limit).
    static let maximumSecretBytes = 500 * 1024

    let engine: BuildEngine
    let request: BuildRequest
    /// A directory of this step on disk.
    let scratch: String
    /// A directory of this step in memory.
    let secretDirectory: String

    /// The mounts of the step in order, and the variables that hold secrets.
    func mounts(
        of run: RunStep, origins: [CopyOrigin: StepOrigin]
    ) async throws -> (mounts: [StepMount], environment: [String]) {
        var mounts: [StepMount] = []
        var environment: [String] = []
        try await BlockingPool.shared.run { [scratch] in try Directory.make(scratch, mode: 0o700) }
        if let bundle = engine.trust.bundle {
            mounts.append(StepMount(source: .path(bundle), target: HostTrust.bundlePath, isReadOnly: true))
        }
        if let script = run.script {
            let file = "\(scratch)/script"
            try await BlockingPool.shared.run {
                try File.write(file, Array(script.body.utf8))
                try File.setMode(file, 0o755)
            }
            mounts.append(StepMount(source: .path(file), target: script.path, isReadOnly: true))
        }
        for (index, resolved) in run.mounts.enumerated() {
            switch resolved.mount {
            case .tmpfs(let target, let size):
                mounts.append(StepMount(source: .tmpfs(sizeBytes: size), target: target, isReadOnly: false))
            case .cache(let cache):
                mounts.append(try await self.cache(cache))
            case .bind(let bind):
                guard let origin = origins[resolved.origin] else { continue }
                mounts.append(try await self.bind(bind, origin: origin, index: index))
            case .secret(let secret):
                guard let value = try value(of: secret) else { continue }
                if let name = secret.variable {
                    environment.append("\(name)=\(String(decoding: value, as: UTF8.self))")
                }
                if let target = secret.target {
                    mounts.append(try await file(value, of: secret, target: target, index: index))
                }
            }
        }
        return (mounts, environment)
    }

    private func cache(_ cache: RunMount.Cache) async throws -> StepMount {
        let directory = "\(engine.root)/cache-mounts/\(Hexadecimal.digest(of: cache.id))"
        try await BlockingPool.shared.run {
            if !File.exists(directory) {
                try Directory.make(directory, mode: 0o700, parents: false)
                try File.setOwner(directory, userID: cache.uid, groupID: cache.gid)
                try File.setMode(directory, cache.mode)
            }
        }
        return StepMount(source: .path(directory), target: cache.target, isReadOnly: cache.isReadOnly)
    }

    private func value(of secret: RunMount.Secret) throws -> [UInt8]? {
        guard let value = request.secrets[secret.id] else {
            guard secret.isRequired else { return nil }
            throw BuilderError(
                .notFound, "secret \(secret.id) is required but was not given: add --secret id=\(secret.id),src=FILE")
        }
        guard value.count <= Self.maximumSecretBytes else {
            throw BuilderError(.limit, "secret \(secret.id) is larger than \(Self.maximumSecretBytes) bytes")
        }
        return value
    }

    private func file(
        _ value: [UInt8], of secret: RunMount.Secret, target: String, index: Int
    ) async throws -> StepMount {
        let path = "\(secretDirectory)/\(index)"
        try await BlockingPool.shared.run { [secretDirectory] in
            try Directory.make(secretDirectory, mode: 0o700)
            try File.write(path, value, mode: 0o400)
            try File.setOwner(path, userID: secret.uid, groupID: secret.gid)
            try File.setMode(path, secret.mode)
        }
        return StepMount(source: .path(path), target: target, isReadOnly: true)
    }

    /// A part of a stage that lies in one layer is mounted where it lies. All else is copied to a scratch directory:
    /// a context without what is ignored, layers as the one tree that they show, and whatever is written to.
    private func bind(_ bind: RunMount.Bind, origin: StepOrigin, index: Int) async throws -> StepMount {
        let directory = "\(scratch)/bind-\(index)"
        if let layers = origin.tree as? LayeredTree, !bind.isWritable {
            let single = try await BlockingPool.shared.run { () throws -> String? in
                let found = try layers.resolve(bind.source, followsLast: true)
                guard let entry = found.entry else { return nil }
                guard entry.isDirectory else { return entry.hostPath }
                let stack = try layers.stack(of: found.path)
                return stack.count == 1 ? stack.first : nil
            }
            if let single { return StepMount(source: .path(single), target: bind.target, isReadOnly: true) }
        }
        let collector = ContentCollector(
            tree: origin.tree, place: origin.place, hashesOwners: true, hashes: FileHashCache(path: nil),
            effects: engine.effects)
        let content = try await collector.collect([bind.source], excludes: [], keepsParents: false)
        try await BlockingPool.shared.run { try Directory.make("\(directory)/copy", mode: 0o755) }
        let step = CopyStep(
            origin: .context, sources: [], inlineFiles: [], destination: "/content", destinationIsDirectory: false,
            owner: nil, mode: nil, isLinked: true, keepsParents: false, excludes: [], unpacks: false)
        try await CopyOperation(
            step: step, content: content, upper: "\(directory)/copy", base: LayeredTree(layers: []),
            nanoseconds: engine.effects.now.nanoseconds, scratch: directory, keepsOwners: origin.key != nil
        ).run()
        return StepMount(
            source: .path("\(directory)/copy/content"), target: bind.target, isReadOnly: !bind.isWritable)
    }

    /// Makes every mount point that the root lacks in a tree of its own, so that none is left in the layer.
    func makeMountPoints(
        for mounts: [StepMount], workingDirectory: String, in tree: String, below root: OverlayRoot
    ) async throws {
        var directories = ["/proc", "/sys", "/dev", workingDirectory]
        var files = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]
        // File systems that the runner mounts hold the mount points below them themselves.
        for mount in mounts where !["/dev/", "/proc/", "/sys/"].contains(where: { mount.target.hasPrefix($0) }) {
            if case .path(let source) = mount.source, !Directory.isDirectory(source) {
                files.append(mount.target)
            } else {
                directories.append(mount.target)
            }
        }
        let (wantedFiles, wantedDirectories) = (files, directories)
        let now = engine.effects.now.nanoseconds
        try await BlockingPool.shared.run {
            let base = LayeredTree(layers: root.lower)
            let writer = LayerWriter(upper: tree, base: base, owner: .root, mode: nil)
            if let top = try base.entry(at: "") { try writer.adoptRoot(top) }
            for directory in wantedDirectories {
                let found = try base.resolve(directory, followsLast: true)
                if found.entry == nil { try writer.makeDirectories(found.path, nanoseconds: now) }
            }
            for file in wantedFiles {
                let found = try base.resolve(file, followsLast: true)
                if found.entry == nil { try writer.writeFile([], to: found.path, nanoseconds: now) }
            }
            try writer.finish()
        }
    }
}
