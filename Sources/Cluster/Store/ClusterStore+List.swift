import Document

extension ClusterStore {
    /// Lists a resource, in one namespace or in all, page by page when asked.
    ///
    /// Throws `Expired` for pages whose revision is no longer known, `BadRequest` for malformed tokens and selectors.
    public func list(
        _ resource: GroupResource,
        namespace: String? = nil,
        options: ListOptions = ListOptions()
    ) throws(ClusterError) -> ListResult {
        guard let kind = schema.resource(resource) else { throw .noSuchResource() }
        try options.fields.check(for: kind)
        let (objects, current) = snapshot(resource, namespace: namespace)
        if let wanted = options.resourceVersion, wanted > current {
            throw .tooLargeResourceVersion(wanted, current: current)
        }
        let token = try options.continueToken.flatMap { text throws(ClusterError) in try PageToken(text) }
        var wanted = token?.revision ?? 0
        if options.resourceVersionMatch == .exact, let exact = options.resourceVersion { wanted = exact }
        var candidates = objects
        if wanted != 0, wanted < current {
            candidates = try rewind(objects, resource, namespace, to: wanted, token: token)
        }
        let revision = wanted == 0 ? current : wanted
        if let token {
            let start = candidates.partitionPoint { ($0.namespace, $0.name) <= (token.namespace, token.name) }
            candidates = candidates[start...]
        }
        return page(candidates, revision: revision, options: options)
    }

    /// The objects as they were at `revision`, by undoing the changes since; throws `Expired` with a token that goes
    /// on at the newest revision.
    private func rewind(
        _ objects: ArraySlice<StoredObject>,
        _ resource: GroupResource,
        _ namespace: String?,
        to revision: UInt64,
        token: PageToken?
    ) throws(ClusterError) -> ArraySlice<StoredObject> {
        guard let news = changes(resource, after: revision, limit: .max) else {
            let fresh = token.map { PageToken(revision: 0, namespace: $0.namespace, name: $0.name).text }
            throw .expired(revision, oldest: oldestRevision(resource), continueToken: fresh)
        }
        var places: [ObjectKey: StoredObject?] = [:]
        for change in news.changes.reversed() where namespace == nil || change.object.namespace == namespace {
            places[change.object.key] = .some(change.previous)
        }
        if places.isEmpty { return objects }
        let untouched = objects.filter { places[$0.key] == nil }
        return (untouched + places.values.compactMap { $0 }).sorted { $0.key < $1.key }[...]
    }

    private func page(_ candidates: ArraySlice<StoredObject>, revision: UInt64, options: ListOptions) -> ListResult {
        let limit = options.limit.map { $0 > 0 ? $0 : Int.max } ?? Int.max
        let selects = !options.labels.isEmpty || !options.fields.isEmpty
        if !selects, candidates.count <= limit {
            return ListResult(
                items: Array(candidates), resourceVersion: revision, continueToken: nil, remainingItemCount: nil)
        }
        var items: [StoredObject] = []
        var index = candidates.startIndex
        while index < candidates.endIndex, items.count < limit {
            let object = candidates[index]
            if options.labels.matches(object.labels), options.fields.matches(object) { items.append(object) }
            index += 1
        }
        let rest = candidates[index...]
        let hasMore =
            selects ? rest.contains { options.labels.matches($0.labels) && options.fields.matches($0) } : !rest.isEmpty
        guard hasMore, let last = items.last else {
            return ListResult(items: items, resourceVersion: revision, continueToken: nil, remainingItemCount: nil)
        }
        return ListResult(
            items: items, resourceVersion: revision,
            continueToken: PageToken(revision: revision, namespace: last.namespace, name: last.name).text,
            remainingItemCount: selects ? nil : rest.count)
    }
}

/// Where a page ended: opaque to clients.
struct PageToken: Hashable {
    /// The revision of the first page; 0 goes on at the newest.
    let revision: UInt64
    let namespace: String
    let name: String

    init(revision: UInt64, namespace: String, name: String) {
        self.revision = revision
        self.namespace = namespace
        self.name = name
    }

    init(_ text: String) throws(ClusterError) {
        guard let bytes = Base64.decode(text),
            let value = try? JSONReader.parse(bytes), let revision = value["rv"]?.intValue,
            let namespace = value["ns"]?.stringValue, let name = value["name"]?.stringValue
        else { throw .badRequest("continue key is not valid: \"\(text)\"") }
        self.init(revision: UInt64(clamping: revision), namespace: namespace, name: name)
    }

    var text: String {
        Base64.encode(
            JSONWriter.bytes([
                "rv": .integer(Int64(clamping: revision)), "ns": .string(namespace), "name": .string(name),
            ]))
    }
}
