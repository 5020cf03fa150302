import Cluster
import Crypto
import Document
import HTTPService
import HTTPTypes
import HummingbirdCore
import NIOCore

/// The documents that describe the API: discovery in both forms and OpenAPI; made once, served with entity tags.
struct APIDocuments: Sendable {
    /// An encoded document and its strong entity tag.
    struct Encoded: Sendable {
        let body: ByteBuffer
        let tag: String

        init(_ bytes: [UInt8]) {
            self.body = ByteBuffer(bytes: bytes)
            let digest = SHA256.hash(data: bytes).prefix(16).map {
                String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
            }
            self.tag = "\"\(digest.joined())\""
        }
    }

    private let discovery: Discovery
    private let coreDiscovery: Encoded
    private let groupDiscovery: Encoded
    private let openAPI: OpenAPI

    init(schema: Schema) {
        self.discovery = Discovery(schema: schema)
        self.openAPI = OpenAPI(schema: schema)
        self.coreDiscovery = Encoded(JSONWriter.bytes(self.discovery.aggregated(core: true)))
        self.groupDiscovery = Encoded(JSONWriter.bytes(self.discovery.aggregated(core: false)))
    }

    /// Answers `/api`, `/apis` and what is directly below; nil when there is no such document.
    func discovery(_ path: [String], _ request: Request) -> Response? {
        switch (path.first, path.count) {
        case ("api", 1):
            if let aggregated = self.aggregated(self.coreDiscovery, request) { return aggregated }
            return APIResponse.value(self.discovery.legacyVersions())
        case ("apis", 1):
            if let aggregated = self.aggregated(self.groupDiscovery, request) { return aggregated }
            return APIResponse.value(self.discovery.groupList())
        case ("api", 2):
            return self.discovery.resourceList(group: "", version: path[1]).map { APIResponse.value($0) }
        case ("apis", 2):
            return self.discovery.group(path[1]).map { APIResponse.value($0) }
        case ("apis", 3):
            return self.discovery.resourceList(group: path[1], version: path[2]).map { APIResponse.value($0) }
        default:
            return nil
        }
    }

    private static let aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

    /// The aggregated form, when the first acceptable form is that one.
    private func aggregated(_ document: Encoded, _ request: Request) -> Response? {
        for field in request.headers[values: .accept] {
            for wish in field.split(separator: ",") {
                let parameters = Set(wish.split(separator: ";").map { $0.trimmingBlanks.lowercased() })
                guard parameters.contains("application/json") else { continue }
                if parameters.contains("g=apidiscovery.k8s.io") {
                    guard parameters.contains("v=v2"), parameters.contains("as=apigroupdiscoverylist") else { continue }
                    return Self.tagged(document, request, mediaType: Self.aggregatedType)
                }
                return nil
            }
        }
        return nil
    }

    /// Answers `/openapi/v3` and the documents below it; nil when there is none.
    func openAPI(_ path: [String], _ request: Request) -> Response? {
        guard path.count > 1, path[1] == "v3" else { return nil }
        if path.count == 2 {
            return Self.tagged(Encoded(JSONWriter.bytes(self.openAPI.index())), request, mediaType: "application/json")
        }
        let (group, version) = path[2] == "api" ? ("", path.last) : (path.count > 4 ? path[3] : "", path.last)
        guard path.count == (path[2] == "api" ? 4 : 5), let version,
            let document = self.openAPI.document(group: group, version: version)
        else { return nil }
        let wanted = request.queryItems["hash"]
        if let wanted, wanted != document.hash {
            let location = "\(request.rawPath)?hash=\(document.hash)"
            return Response(status: .movedPermanently, headers: [.location: location])
        }
        var response = Self.tagged(Encoded(document.bytes), request, mediaType: "application/json")
        if wanted != nil { response.headers[.cacheControl] = "public, immutable, max-age=31536000" }
        return response
    }

    private static func tagged(_ document: Encoded, _ request: Request, mediaType: String) -> Response {
        let headers: HTTPFields = [
            .eTag: document.tag, .vary: "Accept", .cacheControl: "public", .contentType: mediaType,
        ]
        if request.headers[.ifNoneMatch]?.contains(document.tag) == true {
            return Response(status: .notModified, headers: [.eTag: document.tag, .vary: "Accept"])
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: document.body))
    }
}
