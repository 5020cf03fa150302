import Document

/// Objects: reads, server-side apply, patches, deletion.
extension KubernetesClient {
    /// The form in which tables are asked for.
    public static let tableForm = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

    /// What a list or watch selects.
    public struct Selection: Sendable {
        /// Label selector; empty selects all.
        public var labels = ""
        /// Field selector; empty selects all.
        public var fields = ""

        /// Selects by labels and fields.
        public init(labels: String = "", fields: String = "") {
            self.labels = labels
            self.fields = fields
        }

        var query: [(name: String, value: String)] {
            var items: [(name: String, value: String)] = []
            if !self.labels.isEmpty { items.append(("labelSelector", self.labels)) }
            if !self.fields.isEmpty { items.append(("fieldSelector", self.fields)) }
            return items
        }
    }

    /// One object. `accept` may ask for a table.
    public func get(
        _ resource: APIResource, namespace: String?, name: String, accept: String = "application/json",
        query: [(name: String, value: String)] = []
    ) throws(KubernetesClientError) -> JSONValue {
        let path = resource.path(namespace: namespace, name: name)
        return try self.send(KubernetesRequest("GET", path, query: query, accept: accept)).json()
    }

    /// One object, or nil when there is none.
    public func find(
        _ resource: APIResource, namespace: String?, name: String
    ) throws(KubernetesClientError) -> JSONValue? {
        do { return try self.get(resource, namespace: namespace, name: name) } catch {
            guard error.code == .refused(404) else { throw error }
            return nil
        }
    }

    /// A whole list; nil as namespace is all of them.
    public func list(
        _ resource: APIResource, namespace: String?, _ selection: Selection = Selection(),
        accept: String = "application/json", query: [(name: String, value: String)] = []
    ) throws(KubernetesClientError) -> JSONValue {
        let path = resource.path(namespace: namespace)
        return try self.send(KubernetesRequest("GET", path, query: selection.query + query, accept: accept)).json()
    }

    /// Events after `resourceVersion`, until the stream is released.
    public func watch(
        _ resource: APIResource, namespace: String?, _ selection: Selection = Selection(), from resourceVersion: String,
        accept: String = "application/json", query: [(name: String, value: String)] = []
    ) throws(KubernetesClientError) -> KubernetesStream {
        let items = [("watch", "true"), ("resourceVersion", resourceVersion)] + selection.query + query
        return try self.stream(
            KubernetesRequest(
                "GET", resource.path(namespace: namespace), query: items.map { (name: $0.0, value: $0.1) },
                accept: accept))
    }

    /// What an apply did.
    public struct Applied: Sendable {
        /// The object as it is now.
        public let object: JSONValue
        /// True when it is new.
        public let created: Bool
        /// What the server warned about.
        public let warnings: [String]
    }

    /// Server-side apply as field manager `skiff`; unknown and duplicate fields are refused.
    public func apply(
        _ resource: APIResource, namespace: String?, name: String, _ object: JSONValue, force: Bool = false,
        dryRun: Bool = false
    ) throws(KubernetesClientError) -> Applied {
        var query = [("fieldManager", Self.fieldManager), ("fieldValidation", "Strict")]
        if force { query.append(("force", "true")) }
        if dryRun { query.append(("dryRun", "All")) }
        let reply = try self.send(
            KubernetesRequest(
                "PATCH", resource.path(namespace: namespace, name: name),
                query: query.map { (name: $0.0, value: $0.1) },
                body: (JSONWriter.bytes(object), "application/apply-patch+yaml")))
        return Applied(object: try reply.json(), created: reply.status == 201, warnings: reply.warnings)
    }

    /// Creates an object.
    public func create(
        _ resource: APIResource, namespace: String?, _ object: JSONValue
    ) throws(KubernetesClientError) -> JSONValue {
        try self.send(
            KubernetesRequest(
                "POST", resource.path(namespace: namespace),
                query: [("fieldManager", Self.fieldManager), ("fieldValidation", "Strict")],
                body: (JSONWriter.bytes(object), "application/json"))
        ).json()
    }

    /// Merge patch (RFC 7386), also of a subresource.
    public func mergePatch(
        _ resource: APIResource, namespace: String?, name: String, subresource: String? = nil, _ patch: JSONValue
    ) throws(KubernetesClientError) -> JSONValue {
        try self.send(
            KubernetesRequest(
                "PATCH", resource.path(namespace: namespace, name: name, subresource: subresource),
                query: [("fieldManager", Self.fieldManager)],
                body: (JSONWriter.bytes(patch), "application/merge-patch+json"))
        ).json()
    }

    /// Deletes an object in the background; returns the object while it still waits, or a `Status` when it is gone.
    public func delete(
        _ resource: APIResource, namespace: String?, name: String, gracePeriodSeconds: Int? = nil
    ) throws(KubernetesClientError) -> JSONValue {
        var options: JSONValue = ["kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"]
        if let gracePeriodSeconds { options["gracePeriodSeconds"] = .integer(Int64(gracePeriodSeconds)) }
        return try self.send(
            KubernetesRequest(
                "DELETE", resource.path(namespace: namespace, name: name),
                body: (JSONWriter.bytes(options), "application/json"))
        ).json()
    }
}
