import Effects
import EventBus
import GRDB
import OCI

extension ImageStore {
    /// The image a reference names, fetched first when the policy says so. Ready to run: its layers are unpacked.
    ///
    /// Callers who ask for the same thing at the same time share one pull. A tag made here is its own authority under
    /// every policy, unless its name has an explicit foreign host. Throws `notFound`, `denied`, `rateLimited`,
    /// `unavailable`, `corrupt`.
    public func ensure(
        _ reference: Reference, policy: PullPolicy = .missing, platform: OCIPlatform = .host,
        credentials: RegistryCredentials? = nil, progress: TransferProgress = .silent, cause: Cause? = nil
    ) async throws -> Image {
        let wanted = reference.withDefaultTag
        if let image = try await answerLocally(wanted, policy) {
            _ = try await unpack(image.layers, progress: progress)
            return image
        }
        if policy == .never {
            throw ImageError(
                .notFound, "image \(wanted.familiar) is not here and the pull policy is never; run `skiff pull` first"
            )
        }
        guard !isOwn(wanted) else { throw ImageError.noImage(wanted.familiar) }
        let key = PullKey(reference: wanted, platform: platform, policy: policy)
        return try await pulls.run(key) { [self] in
            try await pull(wanted, platform: platform, credentials: credentials, progress: progress, cause: cause)
        }
    }

    private func answerLocally(_ reference: Reference, _ policy: PullPolicy) async throws -> Image? {
        guard let image = try await find(reference) else { return nil }
        guard policy == .always, reference.digest == nil else { return image }
        let local = localName(reference)
        let isForeign = local.registry != Reference.defaultRegistry
        guard let tag = try await storedTag(local), tag.authority == .local, !isForeign else { return nil }
        return image
    }

    /// Asks the registry for a reference whatever the store has, and points the tag at the answer.
    public func pull(
        _ reference: Reference, platform: OCIPlatform = .host, credentials: RegistryCredentials? = nil,
        progress: TransferProgress = .silent, cause: Cause? = nil
    ) async throws -> Image {
        let wanted = reference.withDefaultTag
        let transport = try requireTransport()
        let target = try await transport.pull(
            wanted, platform: platform, into: self, credentials: credentials, progress: progress
        )
        let image = try await adopt(wanted, target: target, platform: platform)
        _ = try await unpack(image.layers, progress: progress)
        publish(
            .pulled(reference: wanted.canonical, digest: target.description), about: wanted.canonical, cause: cause
        )
        return image
    }

    /// Points a pulled reference at what came.
    private func adopt(_ reference: Reference, target: Digest, platform: OCIPlatform) async throws -> Image {
        guard let stored = try await metadata.read({ db in try db.manifest(target) }) else {
            throw ImageError(.corrupt, "registry of \(reference.familiar) sent nothing for \(target)")
        }
        let bytes = try await readDocument(target)
        let document = try ManifestDocument(bytes, mediaType: stored.descriptor.mediaType)
        guard let record = try await imageRecord(document, stored.descriptor, platform: platform) else {
            throw ImageError(
                .unsupported,
                "\(reference.familiar) is no image for \(platform); it is of type \(stored.artifactType ?? "unknown")"
            )
        }
        let now = effects.now
        try await metadata.write { db in
            try db.insertImage(record, at: now)
            try db.linkRepository(reference.name, target, at: now)
            if reference.digest == nil {
                try db.setTag(reference, target: target, imageID: record.id, authority: .pulled, at: now)
            }
        }
        return try await image(id: record.id)
    }

    /// Uploads what a tag points at to the tag's registry. Throws `notFound`, `denied`, `unavailable`.
    public func push(
        _ reference: Reference, credentials: RegistryCredentials? = nil, progress: TransferProgress = .silent,
        cause: Cause? = nil
    ) async throws -> Descriptor {
        let wanted = reference.withDefaultTag
        guard let here = try await manifestDescriptor(localName(wanted)) else {
            throw ImageError(.notFound, "An image does not exist locally with the tag: \(wanted.familiarName)")
        }
        // One store: what is tagged here stands in our own registry already.
        let pushed =
            isOwn(wanted)
            ? here
            : try await requireTransport().push(wanted, from: self, credentials: credentials, progress: progress)
        publish(
            .pushed(reference: wanted.canonical, digest: pushed.digest.description), about: wanted.canonical,
            cause: cause
        )
        return pushed
    }
}
