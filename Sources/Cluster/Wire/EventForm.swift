import Document

/// The two forms of events: `v1`, which is stored, and `events.k8s.io/v1`, which spells some fields differently.
public enum EventForm {
    /// Stored name, name in `events.k8s.io/v1`.
    private static let names: [(stored: String, shown: String)] = [
        ("involvedObject", "regarding"), ("message", "note"), ("reportingComponent", "reportingController"),
        ("source", "deprecatedSource"), ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"),
    ]
    private static let toShown = Dictionary(uniqueKeysWithValues: names.map { ($0.stored, $0.shown) })
    private static let toStored = Dictionary(uniqueKeysWithValues: names.map { ($0.shown, $0.stored) })

    /// A stored event as `events.k8s.io/v1` shows it.
    public static func shown(_ value: JSONValue) -> JSONValue { renamed(value, toShown, "events.k8s.io/v1") }

    /// An `events.k8s.io/v1` event, or a patch of one, in the stored form.
    public static func stored(_ value: JSONValue) -> JSONValue { renamed(value, toStored, "v1") }

    private static func renamed(_ value: JSONValue, _ names: [String: String], _ apiVersion: String) -> JSONValue {
        guard case .object(let object) = value else { return value }
        var result = JSONObject(minimumCapacity: object.count)
        for (key, item) in object { result[names[key] ?? key] = item }
        if result["apiVersion"] != nil { result["apiVersion"] = .string(apiVersion) }
        return .object(result)
    }
}

extension ResourceKind {
    /// The object as this resource shows it: the stored bytes, except for views.
    public func bytes(of object: StoredObject) -> [UInt8] {
        isView ? JSONWriter.bytes(value(of: object)) : object.bytes
    }

    /// The object as this resource shows it.
    public func value(of object: StoredObject) -> JSONValue {
        isView ? EventForm.shown(object.value) : object.value
    }

    /// A patch of this resource in the stored form; JSON patches of views are refused, their paths name other fields.
    public func stored(_ patch: Patch) throws(ClusterError) -> Patch {
        guard isView else { return patch }
        switch patch {
        case .merge(let value): return .merge(EventForm.stored(value))
        case .strategic(let value): return .strategic(EventForm.stored(value))
        case .apply(let body): return .apply(body)
        case .json:
            throw .unsupportedMediaType(
                "application/json-patch+json",
                supported: ["application/merge-patch+json", "application/strategic-merge-patch+json"])
        }
    }
}
