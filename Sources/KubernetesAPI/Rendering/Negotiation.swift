import Cluster
import HTTPTypes
import HummingbirdCore

/// The form an answer takes, from the request's Accept header (RFC 9110 section 12.5.1, without weights: Kubernetes
/// clients order their wishes).
struct AnswerForm: Sendable, Equatable {
    enum Shape: Sendable, Equatable {
        /// The object or list itself.
        case whole
        /// A `meta.k8s.io/v1` Table.
        case table
        /// Only `metadata`: PartialObjectMetadata or its list.
        case metadata
    }

    enum Encoding: Sendable, Equatable {
        case json
        case yaml

        var mediaType: String { self == .json ? "application/json" : "application/yaml" }
    }

    var shape = Shape.whole
    var encoding = Encoding.json

    static let offered = ["application/json", "application/yaml"]

    /// Picks the first form of the request that this server has; without a header JSON. Throws 406.
    init(_ request: Request) throws(ClusterError) {
        let fields = request.headers[values: .accept]
        guard !fields.isEmpty else { return }
        for field in fields {
            for wish in field.split(separator: ",") {
                if let form = Self.form(wish) {
                    self = form
                    return
                }
            }
        }
        throw .notAcceptable(Self.offered)
    }

    private init(shape: Shape, encoding: Encoding) {
        self.shape = shape
        self.encoding = encoding
    }

    private static func form(_ wish: Substring) -> AnswerForm? {
        var parts = wish.split(separator: ";").map { $0.trimmingBlanks.lowercased() }
        guard !parts.isEmpty else { return nil }
        let type = parts.removeFirst()
        var parameters: [String: String] = [:]
        for part in parts {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { parameters[String(pair[0])] = String(pair[1]) }
        }
        let encoding: Encoding
        switch type {
        case "application/json", "*/*", "application/*": encoding = .json
        case "application/yaml": encoding = .yaml
        default: return nil
        }
        guard let shape = parameters["as"] else { return AnswerForm(shape: .whole, encoding: encoding) }
        guard parameters["g"] == "meta.k8s.io", parameters["v"] == "v1" else { return nil }
        switch shape {
        case "table": return AnswerForm(shape: .table, encoding: encoding)
        case "partialobjectmetadata", "partialobjectmetadatalist":
            return AnswerForm(shape: .metadata, encoding: encoding)
        default: return nil
        }
    }
}
