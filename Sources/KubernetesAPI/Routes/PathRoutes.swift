import Cluster
import Document
import HTTPService
import HTTPTypes
import HummingbirdCore
import Identity
import NIOCore

/// What is no resource: version, health, discovery, OpenAPI, the token issuer's documents.
extension KubernetesAPI {
    func answerPath(_ path: [String], _ call: APICall) async throws -> Response {
        guard call.target.method == .get || call.target.method == .head else {
            throw ClusterError.methodNotAllowed(call.target.method.rawValue.lowercased(), on: call.target.path)
        }
        let answer: Response? =
            switch path.first {
            case "version" where path.count == 1: APIResponse.value(ServerVersion.document)
            case "healthz", "livez": self.health(path, call, failing: [])
            case "readyz": self.health(path, call, failing: self.dependencies.unready())
            case "api", "apis": self.documents.discovery(path, call.request)
            case "openapi": self.documents.openAPI(path, call.request)
            case "openid" where path == ["openid", "v1", "jwks"]: APIResponse.value(self.dependencies.tokens.keySet)
            case ".well-known" where path == [".well-known", "openid-configuration"]: self.issuer
            case nil: APIResponse.value(["paths": .array(Self.rootPaths)])
            default: nil
            }
        guard let answer else { throw ClusterError.noSuchResource() }
        return answer
    }

    private static let rootPaths: [JSONValue] = [
        "/api", "/apis", "/healthz", "/livez", "/openapi/v3", "/openid/v1/jwks", "/readyz", "/version",
    ]

    private func health(_ path: [String], _ call: APICall, failing: [String]) -> Response? {
        guard path.count <= 2 else { return nil }
        if path.count == 2 {
            return failing.contains(path[1])
                ? APIResponse.text("\(path[1]) is not ready", status: .internalServerError) : APIResponse.text("ok")
        }
        guard !failing.isEmpty || call.query["verbose"] != nil else { return APIResponse.text("ok") }
        let lines = failing.map { "[-]\($0) not ready" } + ["[+]ping ok"]
        let text = lines.joined(separator: "\n") + "\n\(path[0]) check \(failing.isEmpty ? "passed" : "failed")\n"
        return APIResponse.text(text, status: failing.isEmpty ? .ok : .internalServerError)
    }

    private var issuer: Response {
        let issuer = self.dependencies.tokens.issuer
        return APIResponse.value([
            "issuer": .string(issuer), "jwks_uri": .string("\(issuer)/openid/v1/jwks"),
            "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        ])
    }
}

/// The version this server speaks, for `/version`.
enum ServerVersion {
    /// Minor version of Kubernetes whose wire format is implemented; clients choose their features by it.
    static let minor = 33

    static let document: JSONValue = [
        "major": "1", "minor": .string("\(minor)"), "gitVersion": .string("v1.\(minor).0+skiff"), "gitCommit": "",
        "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "swiftc",
        "platform": .string("linux/\(architecture)"),
    ]

    private static var architecture: String {
        #if arch(arm64)
            "arm64"
        #else
            "amd64"
        #endif
    }
}
