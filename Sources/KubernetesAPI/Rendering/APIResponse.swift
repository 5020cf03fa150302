import Cluster
import Document
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Responses in the forms every route uses.
enum APIResponse {
    /// A JSON document that is already encoded.
    static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok, warnings: [String] = []) -> Response {
        self.json(ByteBuffer(bytes: bytes), status: status, warnings: warnings)
    }

    /// A JSON document that is already encoded.
    static func json(_ buffer: ByteBuffer, status: HTTPResponse.Status = .ok, warnings: [String] = []) -> Response {
        Response(
            status: status, headers: self.headers("application/json", warnings), body: ResponseBody(byteBuffer: buffer))
    }

    /// A document in the encoding that was asked for.
    static func value(
        _ value: JSONValue, encoding: AnswerForm.Encoding = .json, status: HTTPResponse.Status = .ok,
        warnings: [String] = []
    ) -> Response {
        switch encoding {
        case .json: return self.json(JSONWriter.bytes(value), status: status, warnings: warnings)
        case .yaml:
            return Response(
                status: status, headers: self.headers(encoding.mediaType, warnings),
                body: ResponseBody(byteBuffer: ByteBuffer(string: YAMLWriter.string(value))))
        }
    }

    /// Plain text.
    static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: self.headers("text/plain; charset=utf-8", []),
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private static func headers(_ mediaType: String, _ warnings: [String]) -> HTTPFields {
        var headers: HTTPFields = [.contentType: mediaType, .cacheControl: "no-cache, private"]
        for warning in warnings { headers.append(HTTPField(name: .warning, value: self.warning(warning))) }
        return headers
    }

    /// RFC 7234 section 5.5: code, agent, quoted text.
    private static func warning(_ text: String) -> String {
        var quoted = ""
        for character in text {
            if character == "\"" || character == "\\" { quoted.append("\\") }
            quoted.append(character.isNewline ? " " : character)
        }
        return "299 - \"\(quoted)\""
    }
}

extension HTTPField.Name {
    // A valid token, so the fallback is never used.
    fileprivate static let warning = HTTPField.Name("Warning") ?? .vary
}

/// An error as a client sees it.
struct APIFailure {
    private let status: Status

    /// True when the fault is the server's.
    var isOurs: Bool { self.status.code == 500 }

    init(_ error: any Error) {
        switch error {
        case let error as ClusterError: self.status = error.status
        case let error as DocumentError: self.status = ClusterError.badRequest(error.description).status
        default: self.status = ClusterError.internalError("\(error)").status
        }
    }

    var response: Response {
        var response = APIResponse.json(self.status.bytes, status: HTTPResponse.Status(code: self.status.code))
        if let seconds = self.status.details?.retryAfterSeconds, seconds > 0 {
            response.headers[.retryAfter] = "\(seconds)"
        }
        return response
    }
}
