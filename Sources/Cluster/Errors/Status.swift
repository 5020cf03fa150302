import Document

/// A Kubernetes `Status`: what every failed request answers with, in full.
public struct Status: Sendable, Hashable {
    /// The machine-readable reason; a closed set with the HTTP code that belongs to it.
    public struct Reason: Sendable, Hashable, CustomStringConvertible {
        private let name: String
        /// The HTTP status code of this reason.
        public let httpCode: Int

        private init(_ name: String, _ httpCode: Int) {
            self.name = name
            self.httpCode = httpCode
        }

        /// 400.
        public static let badRequest = Reason("BadRequest", 400)
        /// 401.
        public static let unauthorized = Reason("Unauthorized", 401)
        /// 403.
        public static let forbidden = Reason("Forbidden", 403)
        /// 404.
        public static let notFound = Reason("NotFound", 404)
        /// 405.
        public static let methodNotAllowed = Reason("MethodNotAllowed", 405)
        /// 406.
        public static let notAcceptable = Reason("NotAcceptable", 406)
        /// 409, the name is taken.
        public static let alreadyExists = Reason("AlreadyExists", 409)
        /// 409, the object has changed.
        public static let conflict = Reason("Conflict", 409)
        /// 410, an old revision was asked for.
        public static let expired = Reason("Expired", 410)
        /// 413.
        public static let requestEntityTooLarge = Reason("RequestEntityTooLarge", 413)
        /// 415.
        public static let unsupportedMediaType = Reason("UnsupportedMediaType", 415)
        /// 422, the object is refused.
        public static let invalid = Reason("Invalid", 422)
        /// 429.
        public static let tooManyRequests = Reason("TooManyRequests", 429)
        /// 500.
        public static let internalError = Reason("InternalError", 500)
        /// 503.
        public static let serviceUnavailable = Reason("ServiceUnavailable", 503)
        /// 504.
        public static let timeout = Reason("Timeout", 504)

        /// The reason as it stands on the wire.
        public var description: String { name }
    }

    /// One cause, usually about one field.
    public struct Cause: Sendable, Hashable {
        /// The machine-readable kind, such as `FieldValueRequired`.
        public var reason: String
        /// The text for people.
        public var message: String
        /// The path of the field, `spec.containers[0].image`; empty when no field is meant.
        public var field: String

        /// Makes a cause.
        public init(reason: String, message: String, field: String = "") {
            self.reason = reason
            self.message = message
            self.field = field
        }
    }

    /// What the failed request was about.
    public struct Details: Sendable, Hashable {
        /// The object's name.
        public var name: String
        /// The API group.
        public var group: String
        /// The plural resource name, or the kind when the reason is `Invalid`.
        public var kind: String
        /// The object's uid.
        public var uid: String
        /// The causes.
        public var causes: [Cause]
        /// After how many seconds to try again; 0 when trying again is pointless.
        public var retryAfterSeconds: Int

        /// Makes details; everything may be left out.
        public init(
            name: String = "",
            group: String = "",
            kind: String = "",
            uid: String = "",
            causes: [Cause] = [],
            retryAfterSeconds: Int = 0
        ) {
            self.name = name
            self.group = group
            self.kind = kind
            self.uid = uid
            self.causes = causes
            self.retryAfterSeconds = retryAfterSeconds
        }
    }

    /// The machine-readable reason.
    public var reason: Reason
    /// The text for people, in Kubernetes' own wording.
    public var message: String
    /// What the request was about.
    public var details: Details?
    /// For an expired page: the token that goes on with the newest revision.
    public var continueToken: String?

    /// Makes a failure status.
    public init(_ reason: Reason, _ message: String, details: Details? = nil, continueToken: String? = nil) {
        self.reason = reason
        self.message = message
        self.details = details
        self.continueToken = continueToken
    }

    /// The HTTP status code.
    public var code: Int { reason.httpCode }

    /// The `Status` object as it goes over the wire.
    public var json: JSONValue {
        var metadata = JSONObject()
        if let continueToken { metadata["continue"] = .string(continueToken) }
        var status: JSONValue = [
            "kind": "Status", "apiVersion": "v1", "metadata": .object(metadata), "status": "Failure",
            "message": .string(message), "reason": .string(reason.description),
        ]
        if let details { status["details"] = details.json }
        status["code"] = .integer(Int64(code))
        return status
    }

    /// The encoded `json`.
    public var bytes: [UInt8] { JSONWriter.bytes(json) }

    /// The `Status` that a finished deletion answers with.
    public static func success(_ details: Details) -> JSONValue {
        ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": details.json]
    }
}

extension Status.Details {
    /// The details as they go over the wire; empty members are left out.
    var json: JSONValue {
        var object = JSONObject()
        if !name.isEmpty { object["name"] = .string(name) }
        if !group.isEmpty { object["group"] = .string(group) }
        if !kind.isEmpty { object["kind"] = .string(kind) }
        if !uid.isEmpty { object["uid"] = .string(uid) }
        if !causes.isEmpty {
            object["causes"] = .array(
                causes.map { cause in
                    var entry: JSONValue = ["reason": .string(cause.reason), "message": .string(cause.message)]
                    if !cause.field.isEmpty { entry["field"] = .string(cause.field) }
                    return entry
                })
        }
        if retryAfterSeconds > 0 { object["retryAfterSeconds"] = .integer(Int64(retryAfterSeconds)) }
        return .object(object)
    }
}
