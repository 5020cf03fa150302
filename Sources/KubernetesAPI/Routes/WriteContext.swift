import Cluster
import EventBus
import HTTPService
import HTTPTypes
import HummingbirdCore

/// The store's context of a write; named apart from Hummingbird's `RequestContext`.
typealias WriteContext = Cluster.RequestContext

extension WriteContext {
    /// Reads `fieldManager`, `fieldValidation`, `dryRun` and `force`.
    init(_ call: APICall, userAgent: String?, isApply: Bool = false) throws(ClusterError) {
        let manager = call.query["fieldManager"] ?? ""
        guard manager.count <= 128, manager.allSatisfy({ $0.isASCII && !$0.isNewline && $0 != "\0" }) else {
            throw .badRequest("fieldManager must be at most 128 printable characters")
        }
        if isApply, manager.isEmpty {
            throw .invalid(
                "PatchOptions", group: "meta.k8s.io", name: "",
                causes: [
                    Status.Cause(
                        reason: "FieldValueRequired", message: "Required value: is required for apply patch",
                        field: "fieldManager")
                ])
        }
        let agent = userAgent?.split(separator: "/").first.map { String($0.prefix(128)) } ?? "unknown"
        var validation = FieldValidation.warn
        if let text = call.query["fieldValidation"], !text.isEmpty {
            guard let known = FieldValidation(rawValue: text) else {
                throw .badRequest("fieldValidation must be Ignore, Warn or Strict, found \"\(text)\"")
            }
            validation = known
        }
        for text in call.query.all("dryRun") where text != "All" && !text.isEmpty {
            throw .badRequest("dryRun must be All, found \"\(text)\"")
        }
        let fieldManager = manager.isEmpty ? agent : manager
        self.init(
            user: call.caller.user, groups: call.caller.groups,
            fieldManager: fieldManager,
            dryRun: call.query.all("dryRun").contains("All"),
            force: try call.flag("force"),
            fieldValidation: validation,
            cause: .request(
                Self.words(call, manager: fieldManager, isApply: isApply)))
    }

    /// The request as `skiff why` shows it: `apply PATCH /apis/apps/… (kubernetes-admin with skiff)`.
    private static func words(_ call: APICall, manager: String, isApply: Bool) -> String {
        let path = call.request.rawPath
        return "\(isApply ? "apply " : "")\(call.request.method.rawValue) \(path) (\(call.caller.user) with \(manager))"
    }
}
