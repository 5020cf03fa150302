extension ClusterStore {
    /// Watches a resource, in one namespace or in all; throws `Expired` when the revision to begin from is too old.
    public func watch(
        _ resource: GroupResource,
        namespace: String? = nil,
        options: WatchOptions = WatchOptions()
    ) throws(ClusterError) -> Watch {
        guard let kind = schema.resource(resource) else { throw .noSuchResource() }
        try options.fields.check(for: kind)
        let from = options.resourceVersion ?? 0
        if from > resourceVersion { throw .tooLargeResourceVersion(from, current: resourceVersion) }
        guard from == 0 || options.sendInitialEvents else {
            let oldest = oldestRevision(resource)
            if from < oldest { throw .expired(from, oldest: oldest) }
            return Watch(
                store: self, resource: resource, namespace: namespace, options: options, initial: [], cursor: from)
        }
        let (objects, revision) = snapshot(resource, namespace: namespace)
        var initial: [WatchEvent] = objects.filter {
            options.labels.matches($0.labels) && options.fields.matches($0)
        }.map { .added($0) }
        if options.sendInitialEvents {
            initial.append(.bookmark(resourceVersion: revision, initialEventsEnd: true))
        }
        return Watch(
            store: self, resource: resource, namespace: namespace, options: options, initial: initial, cursor: revision)
    }
}
