import Effects
import Images
import OCI

/// Blob uploads under way, by their ids. They live as long as the process: after a restart clients start again, as the
/// specification allows.
actor UploadSessions {
    /// Most uploads at a time; one more is refused with TOOMANYREQUESTS.
    static let limit = 1024
    /// An upload nobody continues for this long is dropped.
    static let idleLimit = Duration.seconds(3600)

    /// One upload.
    struct Session: Sendable {
        let ingest: BlobIngest
        let repository: Reference
    }

    private struct Entry {
        let session: Session
        var lastUse: Duration
        var isBusy = false
    }

    private let effects: Effects
    private var entries: [String: Entry] = [:]

    init(effects: Effects) { self.effects = effects }

    /// Registers an upload under a new id.
    func add(_ ingest: BlobIngest, repository: Reference) throws -> String {
        let now = effects.time.monotonic
        for (id, entry) in entries where !entry.isBusy && now - entry.lastUse > Self.idleLimit {
            entry.session.ingest.cancel()
            entries[id] = nil
        }
        guard entries.count < Self.limit else {
            throw RegistryError(.tooManyRequests, status: 429, "\(Self.limit) uploads are under way; try again later")
        }
        let id = effects.uuid()
        entries[id] = Entry(session: Session(ingest: ingest, repository: repository), lastUse: now)
        return id
    }

    /// Takes an upload for one request. Give it back, or remove it. A second request meanwhile is refused.
    func take(_ id: String, repository: Reference) throws -> Session {
        guard var entry = entries[id], entry.session.repository == repository else { throw Self.unknown }
        guard !entry.isBusy else {
            throw RegistryError(.blobUploadInvalid, status: 409, "another request is writing to this upload")
        }
        entry.isBusy = true
        entries[id] = entry
        return entry.session
    }

    /// Ends a request's use of an upload.
    func giveBack(_ id: String) {
        entries[id]?.isBusy = false
        entries[id]?.lastUse = effects.time.monotonic
    }

    /// Forgets an upload that is finished or cancelled.
    func remove(_ id: String) { entries[id] = nil }

    /// How far an upload is, without taking it.
    func offset(_ id: String, repository: Reference) throws -> Int64 {
        guard let entry = entries[id], entry.session.repository == repository else { throw Self.unknown }
        return entry.session.ingest.sizeBytes
    }

    private static var unknown: RegistryError {
        RegistryError(.blobUploadUnknown, status: 404, "no such upload; start again")
    }
}
