/// What to list.
public struct ListOptions: Sendable {
    /// How `resourceVersion` is meant.
    public enum ResourceVersionMatch: String, Sendable {
        /// Exactly that revision.
        case exact = "Exact"
        /// That revision or a newer one.
        case notOlderThan = "NotOlderThan"
    }

    /// Labels the objects must have.
    public var labels: LabelSelector
    /// Fields the objects must have.
    public var fields: FieldSelector
    /// The largest page; `nil` or 0 is everything.
    public var limit: Int?
    /// Where the last page ended.
    public var continueToken: String?
    /// The revision the caller knows; `nil` and 0 take the newest.
    public var resourceVersion: UInt64?
    /// How `resourceVersion` is meant.
    public var resourceVersionMatch: ResourceVersionMatch?

    /// Makes options; by default everything is listed.
    public init(
        labels: LabelSelector = LabelSelector(),
        fields: FieldSelector = FieldSelector(),
        limit: Int? = nil,
        continueToken: String? = nil,
        resourceVersion: UInt64? = nil,
        resourceVersionMatch: ResourceVersionMatch? = nil
    ) {
        self.labels = labels
        self.fields = fields
        self.limit = limit
        self.continueToken = continueToken
        self.resourceVersion = resourceVersion
        self.resourceVersionMatch = resourceVersionMatch
    }
}

/// A page of objects.
public struct ListResult: Sendable {
    /// The objects in key order.
    public let items: [StoredObject]
    /// The revision the page shows.
    public let resourceVersion: UInt64
    /// Where the next page begins; `nil` on the last one.
    public let continueToken: String?
    /// How many objects follow; `nil` on the last page and with selectors.
    public let remainingItemCount: Int?
}

/// What to watch.
public struct WatchOptions: Sendable {
    /// Labels the objects must have.
    public var labels: LabelSelector
    /// Fields the objects must have.
    public var fields: FieldSelector
    /// Begin after this revision; `nil` and 0 begin with the present objects.
    public var resourceVersion: UInt64?
    /// Whether bookmarks are sent about once a minute and before the timeout.
    public var allowBookmarks: Bool
    /// Whether the present objects come first, ended by a marked bookmark (`sendInitialEvents=true`).
    public var sendInitialEvents: Bool
    /// When the watch ends by itself.
    public var timeout: Duration?

    /// Makes options; by default the present objects come first and nothing ends the watch.
    public init(
        labels: LabelSelector = LabelSelector(),
        fields: FieldSelector = FieldSelector(),
        resourceVersion: UInt64? = nil,
        allowBookmarks: Bool = false,
        sendInitialEvents: Bool = false,
        timeout: Duration? = nil
    ) {
        self.labels = labels
        self.fields = fields
        self.resourceVersion = resourceVersion
        self.allowBookmarks = allowBookmarks
        self.sendInitialEvents = sendInitialEvents
        self.timeout = timeout
    }
}

/// What a watch reports.
public enum WatchEvent: Sendable {
    /// The object is new, or entered the selection.
    case added(StoredObject)
    /// The object has a new revision.
    case modified(StoredObject)
    /// The object is gone or left the selection: its last matching state, whose `metadata.resourceVersion` is that of
    /// the removal.
    case deleted(StoredObject)
    /// Everything up to this revision was reported; `initialEventsEnd` marks the end of the initial objects.
    case bookmark(resourceVersion: UInt64, initialEventsEnd: Bool)
    /// The watch cannot go on; it ends after this.
    case error(Status)
}
