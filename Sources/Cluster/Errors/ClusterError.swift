import Document

/// Why the object store refused a request; carries the complete Kubernetes `Status`.
public struct ClusterError: Error, Sendable, CustomStringConvertible {
    /// What the client is answered.
    public var status: Status
    /// The error below this one, for the log.
    public let cause: (any Error)?

    /// Makes an error from a status.
    public init(_ status: Status, cause: (any Error)? = nil) {
        self.status = status
        self.cause = cause
    }

    /// The reason, which is this target's error code.
    public var code: Status.Reason { status.reason }

    /// The text for people.
    public var message: String { status.message }

    /// `NotFound: pods "x" not found`.
    public var description: String { "\(status.reason): \(status.message)" }
}

// MARK: - The usual refusals, in Kubernetes' wording

extension ClusterError {
    /// 404: the object does not exist.
    public static func notFound(_ key: ObjectKey) -> ClusterError {
        ClusterError(Status(.notFound, "\(key.resource) \"\(key.name)\" not found", details: details(key)))
    }

    /// 404: no such path.
    public static func noSuchResource() -> ClusterError {
        ClusterError(Status(.notFound, "the server could not find the requested resource", details: Status.Details()))
    }

    /// 409: the name is taken.
    public static func alreadyExists(_ key: ObjectKey) -> ClusterError {
        ClusterError(Status(.alreadyExists, "\(key.resource) \"\(key.name)\" already exists", details: details(key)))
    }

    /// 409: `reason` says what stands in the way.
    public static func conflict(_ key: ObjectKey, _ reason: String, causes: [Status.Cause] = []) -> ClusterError {
        var details = details(key)
        details.causes = causes
        return ClusterError(
            Status(
                .conflict, "Operation cannot be fulfilled on \(key.resource) \"\(key.name)\": \(reason)",
                details: details))
    }

    /// 409: the caller's resourceVersion is old.
    public static func stale(_ key: ObjectKey) -> ClusterError {
        conflict(
            key, "the object has been modified; please apply your changes to the latest version and try again")
    }

    /// 422: one message with all causes.
    public static func invalid(
        _ kind: String,
        group: String,
        name: String,
        causes: [Status.Cause]
    ) -> ClusterError {
        let texts = causes.map { $0.field.isEmpty ? $0.message : "\($0.field): \($0.message)" }
        let text = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        return ClusterError(
            Status(
                .invalid, "\(kind)\(group.isEmpty ? "" : ".\(group)") \"\(name)\" is invalid: \(text)",
                details: Status.Details(name: name, group: group, kind: kind, causes: causes)))
    }

    /// 400: the request makes no sense.
    public static func badRequest(_ message: String, cause: (any Error)? = nil) -> ClusterError {
        ClusterError(Status(.badRequest, message), cause: cause)
    }

    /// 401: nobody known.
    public static func unauthorized() -> ClusterError {
        ClusterError(Status(.unauthorized, "Unauthorized"))
    }

    /// 403: `reason` says why.
    public static func forbidden(_ key: ObjectKey, _ reason: String, causes: [Status.Cause] = []) -> ClusterError {
        var details = details(key)
        details.causes = causes
        let name = key.name.isEmpty ? "" : " \"\(key.name)\""
        return ClusterError(Status(.forbidden, "\(key.resource)\(name) is forbidden: \(reason)", details: details))
    }

    /// 405: the resource has no such verb.
    public static func methodNotAllowed(_ verb: String, on resource: String) -> ClusterError {
        ClusterError(
            Status(
                .methodNotAllowed, "\(verb) is not supported on resources of kind \"\(resource)\"",
                details: Status.Details(kind: resource)))
    }

    /// 406: none of the accepted media types can be produced.
    public static func notAcceptable(_ offered: [String]) -> ClusterError {
        ClusterError(
            Status(
                .notAcceptable,
                "only the following media types are accepted: \(offered.joined(separator: ", "))"))
    }

    /// 410: the revision is compacted.
    public static func expired(_ requested: UInt64, oldest: UInt64, continueToken: String? = nil) -> ClusterError {
        ClusterError(
            Status(.expired, "too old resource version: \(requested) (\(oldest))", continueToken: continueToken))
    }

    /// 413: the body exceeds the limit.
    public static func tooLarge(limitBytes: Int) -> ClusterError {
        ClusterError(Status(.requestEntityTooLarge, "the request body is larger than the limit of \(limitBytes) bytes"))
    }

    /// 415: the body's media type is unknown.
    public static func unsupportedMediaType(_ mediaType: String, supported: [String]) -> ClusterError {
        ClusterError(
            Status(
                .unsupportedMediaType,
                "the body of the request was in an unknown format (\(mediaType)) - accepted media types include: "
                    + supported.joined(separator: ", ")))
    }

    /// 429: try again later.
    public static func tooManyRequests(_ message: String, retryAfterSeconds: Int = 1) -> ClusterError {
        ClusterError(
            Status(.tooManyRequests, message, details: Status.Details(retryAfterSeconds: retryAfterSeconds)))
    }

    /// 500: our fault.
    public static func internalError(_ message: String, cause: (any Error)? = nil) -> ClusterError {
        ClusterError(Status(.internalError, "Internal error occurred: \(message)"), cause: cause)
    }

    /// 504: the revision lies in the future.
    public static func tooLargeResourceVersion(_ requested: UInt64, current: UInt64) -> ClusterError {
        ClusterError(
            Status(
                .timeout, "Too large resource version: \(requested), current: \(current)",
                details: Status.Details(
                    causes: [Status.Cause(reason: "ResourceVersionTooLarge", message: "Too large resource version")],
                    retryAfterSeconds: 1)))
    }

    private static func details(_ key: ObjectKey) -> Status.Details {
        Status.Details(name: key.name, group: key.resource.group, kind: key.resource.resource)
    }
}
