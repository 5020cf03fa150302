import Document
import EventBus

/// The synchronous part of every write: what happens to one object inside the writer.
///
/// The store's public writes are thin: they hand a body to the writer and turn its answer into a result.
extension ClusterStore {
    /// Creates an object; durable when it returns.
    ///
    /// Throws `AlreadyExists`, `Invalid` with every cause, `Forbidden` in a namespace that is going away.
    public func create(
        _ resource: GroupResource,
        namespace: String = "",
        body: ObjectBody,
        context: RequestContext
    ) async throws(ClusterError) -> WriteResult {
        let kind = try kind(resource)
        let admission = Admission(kind: kind, schema: schema, context: context)
        let prepared = try admission.prepareCreate(body, namespace: namespace)
        return try await commit(context) { (transaction) throws(ClusterError) in
            try admission.create(prepared, in: &transaction)
        }
    }

    /// Creates an object made in memory.
    public func create(
        _ resource: GroupResource,
        namespace: String = "",
        body: JSONValue,
        context: RequestContext
    ) async throws(ClusterError) -> WriteResult {
        try await create(resource, namespace: namespace, body: ObjectBody(body), context: context)
    }

    /// Replaces an object or, with a subresource, the part of it that the subresource governs.
    ///
    /// A `metadata.resourceVersion` in the body must be the current one; without it the write is unconditional.
    public func update(
        _ key: ObjectKey,
        body: ObjectBody,
        subresource: Subresource? = nil,
        context: RequestContext
    ) async throws(ClusterError) -> WriteResult {
        let admission = Admission(kind: try kind(key.resource), schema: schema, context: context)
        return try await commit(context) { (transaction) throws(ClusterError) in
            try admission.update(key, body: body, subresource: subresource, in: &transaction)
        }
    }

    /// Replaces an object by one made in memory, or the part of it that `subresource` governs.
    public func update(
        _ key: ObjectKey,
        body: JSONValue,
        subresource: Subresource? = nil,
        context: RequestContext
    ) async throws(ClusterError) -> WriteResult {
        try await update(key, body: ObjectBody(body), subresource: subresource, context: context)
    }

    /// Changes an object by a patch; a server-side apply creates it when it is absent.
    public func patch(
        _ key: ObjectKey,
        patch: Patch,
        subresource: Subresource? = nil,
        context: RequestContext
    ) async throws(ClusterError) -> WriteResult {
        let admission = Admission(kind: try kind(key.resource), schema: schema, context: context)
        return try await commit(context) { (transaction) throws(ClusterError) in
            try admission.patch(key, patch: patch, subresource: subresource, in: &transaction)
        }
    }

    /// Changes an object by code inside the writer: there is no conflict to retry, and no change means no commit.
    ///
    /// `change` runs on the writer: it must be quick and must not wait. It sees the newest state.
    public func modify(
        _ key: ObjectKey,
        subresource: Subresource? = nil,
        context: RequestContext,
        _ change: @escaping @Sendable (inout JSONValue) throws(ClusterError) -> Void
    ) async throws(ClusterError) -> WriteResult {
        let admission = Admission(kind: try kind(key.resource), schema: schema, context: context)
        return try await commit(context) { (transaction) throws(ClusterError) in
            guard let old = transaction[key] else { throw .notFound(key) }
            var value = old.value
            try change(&value)
            return try admission.update(
                key, body: ObjectBody(value), subresource: subresource, in: &transaction)
        }
    }

    /// Deletes an object, at once or, when grace or finalizers hold it, by marking it.
    public func delete(
        _ key: ObjectKey,
        options: DeleteOptions = DeleteOptions(),
        context: RequestContext
    ) async throws(ClusterError) -> DeleteResult {
        let deletion = Deletion(kind: try kind(key.resource), schema: schema, options: options, context: context)
        return try await write(context) { (transaction) throws(ClusterError) in
            try deletion.delete(key, in: &transaction)
        }.value
    }

    /// Deletes every object that `options` selects, all in one commit; returns them as they were.
    public func deleteCollection(
        _ resource: GroupResource,
        namespace: String? = nil,
        options: ListOptions = ListOptions(),
        delete: DeleteOptions = DeleteOptions(),
        context: RequestContext
    ) async throws(ClusterError) -> [StoredObject] {
        let kind = try kind(resource)
        try options.fields.check(for: kind)
        let deletion = Deletion(kind: kind, schema: schema, options: delete, context: context)
        return try await write(context) { (transaction) throws(ClusterError) in
            let selected = transaction.objects(resource, namespace: namespace).filter {
                options.labels.matches($0.labels) && options.fields.matches($0)
            }
            for object in selected { _ = try deletion.delete(object.key, in: &transaction) }
            return selected
        }.value
    }

    /// Assigns a pod to a node; throws `Conflict` when it is already assigned.
    public func bind(pod: ObjectKey, node: String, context: RequestContext) async throws(ClusterError) -> WriteResult {
        let admission = Admission(kind: try kind(pod.resource), schema: schema, context: context)
        return try await commit(context) { (transaction) throws(ClusterError) in
            try admission.bind(pod, node: node, in: &transaction)
        }
    }

    /// Deletes a pod on request of an eviction; there are no disruption budgets here that could block it.
    public func evict(
        pod: ObjectKey,
        options: DeleteOptions = DeleteOptions(),
        context: RequestContext
    ) async throws(ClusterError) -> DeleteResult {
        guard pod.resource == .pods else { throw .noSuchResource() }
        return try await delete(pod, options: options, context: context)
    }

    // MARK: - Shared

    func kind(_ resource: GroupResource) throws(ClusterError) -> ResourceKind {
        guard let kind = schema.resource(resource) else { throw .noSuchResource() }
        return kind
    }

    /// Runs a body that changes at most one object and makes the caller's result of it.
    private func commit(
        _ context: RequestContext,
        _ body: @escaping @Sendable (inout Transaction) throws(ClusterError) -> Admission.Result
    ) async throws(ClusterError) -> WriteResult {
        let (result, events) = try await write(context, body)
        return WriteResult(
            object: result.object, created: result.created, changed: !events.isEmpty, warnings: result.warnings,
            event: events.last)
    }
}
