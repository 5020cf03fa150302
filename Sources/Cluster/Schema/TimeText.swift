import Effects

/// Times as Kubernetes writes them.
enum TimeText {
    /// Whether the text is an RFC 3339 time.
    static func isValid(_ text: String) -> Bool { Timestamp(rfc3339: text) != nil }
}
