extension ClusterError {
    /// Whether the object meant is gone, or another one has its name: what engines that remove things take for done.
    public var meansGone: Bool { code == .notFound || code == .conflict }
}
