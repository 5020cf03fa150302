import Cluster
import Document
import HTTPService
import HTTPTypes
import Identity
import Testing

@testable import KubernetesAPI

/// Endpoints without a socket.
@Suite struct KubernetesAPITests {
    static let configMap = #"{"metadata":{"name":"c"},"data":{"a":"1"}}"#
    static let warning = HTTPField.Name("Warning") ?? .vary
    static let impersonateUser = HTTPField.Name("Impersonate-User") ?? .vary
    static let configMaps = "/api/v1/namespaces/default/configmaps"

    @Test func answersPathsByTheirMeaning() async throws {
        try await APIFixture.with { fixture in
            let client = APIClient(api: fixture.api)
            for (method, target, status) in [
                (HTTPRequest.Method.get, "/version", 200), (.get, "/version/", 200), (.get, "/livez?verbose", 200),
                (.get, "/api/v1", 200), (.get, "/apis/apps/v1", 200), (.get, "/nothing", 404),
                (.get, "/apis/nope/v1/things", 404), (.get, "/api/v1/namespaces/default/nodes", 404),
                (.get, "/api/v1/pods/x", 404), (.get, "/api/v1/namespaces/default/pods/x", 404),
                (.get, "/api/v1/namespaces/default/pods/x/nope", 404), (.post, "/api/v1/pods", 405),
                (.put, Self.configMaps, 405), (.post, "/version", 405), (.get, "/api/v1/%zz", 400),
                (.get, Self.configMaps + "?labelSelector=%21%21", 400), (.get, Self.configMaps + "?limit=x", 400),
                (.get, "/api/v1/namespaces/default", 200), (.get, "/api/v1/namespaces/default/status", 200),
            ] {
                let answer = try await client.call(method, target)
                #expect(answer.status == status, "\(method) \(target): \(answer.text)")
                if status >= 400 {
                    #expect(answer.json["kind"] == "Status")
                    #expect(answer.json["code"]?.intValue == Int64(status))
                }
            }
        }
    }

    @Test func negotiatesForms() async throws {
        try await APIFixture.with { fixture in
            let client = APIClient(api: fixture.api)
            #expect(try await client.call(.post, Self.configMaps, Self.configMap).status == 201)
            let target = Self.configMaps + "/c"
            let yaml = try await client.call(.get, target, headers: [.accept: "application/yaml"])
            let documents = try YAMLReader.parse(yaml.text)
            #expect(documents.first?.value["data", "a"] == "1")
            let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
            let rows = try await client.call(.get, Self.configMaps, headers: [.accept: table]).json
            #expect(rows["kind"] == "Table")
            #expect(rows["rows"]?[0]?["cells"]?[0] == "c")
            let partial = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
            #expect(try await client.call(.get, target, headers: [.accept: partial]).json["data"] == nil)
            let protobuf = "application/vnd.kubernetes.protobuf"
            #expect(try await client.call(.get, target, headers: [.accept: protobuf]).status == 406)
            #expect(try await client.call(.get, target, headers: [.accept: "\(protobuf), */*"]).status == 200)
            let xml = try await client.call(.post, Self.configMaps, "<x/>", headers: [.contentType: "text/xml"])
            #expect(xml.status == 415)
            let broken = try await client.call(.post, Self.configMaps, "{")
            #expect(broken.status == 400)
            let large = String(repeating: " ", count: APICall.bodyLimit + 1)
            #expect(try await client.call(.post, Self.configMaps, large).status == 413)
        }
    }

    @Test func storesNothingInADryRun() async throws {
        try await APIFixture.with { fixture in
            let client = APIClient(api: fixture.api)
            let dry = try await client.call(.post, Self.configMaps + "?dryRun=All", Self.configMap)
            #expect(dry.status == 201)
            #expect(try await client.call(.get, Self.configMaps + "/c").status == 404)
            #expect(try await client.call(.post, Self.configMaps + "?dryRun=Some", Self.configMap).status == 400)
        }
    }

    @Test func patchesByMediaType() async throws {
        try await APIFixture.with { fixture in
            let client = APIClient(api: fixture.api)
            _ = try await client.call(.post, Self.configMaps, Self.configMap)
            let target = Self.configMaps + "/c"
            for (type, patch) in [
                ("application/merge-patch+json", #"{"data":{"b":"2"}}"#),
                ("application/strategic-merge-patch+json", #"{"data":{"c":"3"}}"#),
                ("application/json-patch+json", #"[{"op":"add","path":"/data/d","value":"4"}]"#),
            ] {
                let answer = try await client.call(.patch, target, patch, headers: [.contentType: type])
                #expect(answer.status == 200, "\(answer.text)")
            }
            #expect(try await client.call(.get, target).json["data"] == ["a": "1", "b": "2", "c": "3", "d": "4"])
            #expect(try await client.call(.patch, target, "{}", headers: [.contentType: "text/x"]).status == 415)
            let apply: HTTPFields = [.contentType: "application/apply-patch+yaml"]
            #expect(try await client.call(.patch, target, Self.configMap, headers: apply).status == 422)
            let full = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied}\n"
            let created = try await client.call(
                .patch, Self.configMaps + "/applied?fieldManager=t", full, headers: apply)
            #expect(created.status == 201, "\(created.text)")
        }
    }

    @Test func deletesWithAnAnswer() async throws {
        try await APIFixture.with { fixture in
            let client = APIClient(api: fixture.api)
            _ = try await client.call(.post, Self.configMaps, Self.configMap)
            let uid = try await client.call(.get, Self.configMaps + "/c").json["metadata", "uid"]?.stringValue ?? ""
            let wrong = #"{"preconditions":{"uid":"other"}}"#
            #expect(try await client.call(.delete, Self.configMaps + "/c", wrong).status == 409)
            let gone = try await client.call(.delete, Self.configMaps + "/c").json
            #expect(gone["status"] == "Success")
            #expect(gone["details", "uid"]?.stringValue == uid)
            #expect(try await client.call(.delete, Self.configMaps + "/c").status == 404)
        }
    }

    @Test func sendsWarningsAndRefusesUnknownFields() async throws {
        try await APIFixture.with { fixture in
            let client = APIClient(api: fixture.api)
            let odd = #"{"metadata":{"name":"c"},"datas":{}}"#
            let warned = try await client.call(.post, Self.configMaps, odd)
            #expect(warned.status == 201)
            #expect(warned.headers[Self.warning]?.contains("datas") == true)
            let strict = try await client.call(
                .post, Self.configMaps + "?fieldValidation=Strict", odd.replacing("\"c\"", with: "\"d\""))
            #expect(strict.status == 400)
            #expect(strict.json["message"]?.stringValue?.contains("unknown field \"datas\"") == true)
        }
    }

    @Test func sendsDiscoveryOnce() async throws {
        try await APIFixture.with { fixture in
            let client = APIClient(api: fixture.api)
            let form: HTTPFields = [
                .accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
            ]
            let first = try await client.call(.get, "/apis", headers: form)
            #expect(first.json["kind"] == "APIGroupDiscoveryList")
            #expect(first.headers[.contentType]?.contains("g=apidiscovery.k8s.io") == true)
            var again = form
            again[.ifNoneMatch] = first.headers[.eTag]
            #expect(try await client.call(.get, "/apis", headers: again).status == 304)
            #expect(try await client.call(.get, "/apis").json["kind"] == "APIGroupList")
            let index = try await client.call(.get, "/openapi/v3").json
            let link = index["paths", "apis/apps/v1", "serverRelativeURL"]?.stringValue ?? ""
            let document = try await client.call(.get, link)
            #expect(document.status == 200)
            #expect(document.headers[.cacheControl]?.contains("immutable") == true)
            #expect(try await client.call(.get, "/openapi/v3/apis/apps/v1?hash=old").status == 301)
        }
    }

    // MARK: - Watch

    @Test(.timeLimit(.minutes(1)))
    func watchesFromTheBeginning() async throws {
        try await APIFixture.with { fixture in
            let client = APIClient(api: fixture.api)
            _ = try await client.call(.post, Self.configMaps, Self.configMap)
            let target =
                Self.configMaps
                + "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1"
            let lines = try await client.call(.get, target).text.split(separator: "\n")
                .map { try JSONReader.parse(String($0)) }
            #expect(lines.first?["type"] == "ADDED")
            #expect(lines.first?["object", "metadata", "name"] == "c")
            let end = lines.first { $0["type"] == "BOOKMARK" }
            #expect(end?["object", "metadata", "annotations", "k8s.io/initial-events-end"] == "true")
            let bad = try await client.call(.get, Self.configMaps + "?watch=1&sendInitialEvents=true")
            #expect(bad.status == 422)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func reportsChangesUntilTheTimeout() async throws {
        try await APIFixture.with { fixture in
            let client = APIClient(api: fixture.api)
            let revision = try await client.call(.get, Self.configMaps).json["metadata", "resourceVersion"]
            let target = Self.configMaps + "?watch=true&timeoutSeconds=1&resourceVersion=\(revision?.stringValue ?? "")"
            async let watching = client.call(.get, target)
            _ = try await client.call(.post, Self.configMaps, Self.configMap)
            _ = try await client.call(.delete, Self.configMaps + "/c")
            let types = try await watching.text.split(separator: "\n").map { try JSONReader.parse(String($0))["type"] }
            #expect(types == ["ADDED", "DELETED"])
        }
    }

    // MARK: - Access

    @Test func letsNobodyInUnknown() async throws {
        try await APIFixture.with { fixture in
            var client = APIClient(api: fixture.api)
            client.peer = .network("127.0.0.1:1")
            #expect(try await client.call(.get, "/version").status == 200)
            let denied = try await client.call(.get, "/api/v1/pods")
            #expect(denied.status == 403)
            #expect(denied.json["message"]?.stringValue?.contains("system:anonymous") == true)
            #expect(try await client.call(.get, "/apis").status == 403)
            client.headers[.authorization] = "Bearer nonsense"
            #expect(try await client.call(.get, "/version").status == 401)
            client.headers[.authorization] = nil
            client.identity = ClientIdentity(commonName: "jane", organizations: [])
            #expect(try await client.call(.get, "/apis").status == 200)
            #expect(try await client.call(.get, "/api/v1/pods").status == 403)
            client.headers[Self.impersonateUser] = "root"
            #expect(try await client.call(.get, "/version").status == 403)
        }
    }

    @Test func endsTokensWithTheirAccount() async throws {
        try await APIFixture.with { fixture in
            let root = APIClient(api: fixture.api)
            let accounts = "/api/v1/namespaces/default/serviceaccounts"
            _ = try await root.call(.post, accounts, #"{"metadata":{"name":"robot"}}"#)
            let issued = try await root.call(.post, accounts + "/robot/token", "{}")
            #expect(issued.status == 201, "\(issued.text)")
            let short = #"{"spec":{"expirationSeconds":10}}"#
            #expect(try await root.call(.post, accounts + "/robot/token", short).status == 422)
            var robot = root
            robot.peer = .network("10.0.0.5:1")
            robot.headers[.authorization] = "Bearer \(issued.json["status", "token"]?.stringValue ?? "")"
            let who = try await robot.call(.post, "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}").json
            #expect(who["status", "userInfo", "username"] == "system:serviceaccount:default:robot")
            #expect(try await robot.call(.get, "/api/v1/namespaces/default/secrets").status == 403)
            _ = try await root.call(.delete, accounts + "/robot")
            #expect(try await robot.call(.get, "/apis").status == 401)
        }
    }

    // MARK: - Streams

    @Test func explainsWhyAContainerCannotBeReached() async throws {
        try await APIFixture.with { fixture in
            let client = APIClient(api: fixture.api)
            let pods = "/api/v1/namespaces/default/pods"
            let pod =
                #"{"metadata":{"name":"p"},"spec":{"containers":[{"name":"a","image":"i"},{"name":"b","image":"i"}]}}"#
            #expect(try await client.call(.post, pods, pod).status == 201)
            for (target, text) in [
                ("/p/log", "choose one of: [a b]"), ("/p/log?container=x", "container x is not valid for pod p"),
                ("/p/log?container=a", "is waiting to start"),
                ("/p/log?container=a&previous=true", "previous terminated container"),
                ("/p/exec?container=a&command=x&stdout=1", "is not running"),
                ("/p/exec?container=a&stdout=1", "at least one command"),
                ("/p/exec?container=a&command=x", "at least 1 of stdin, stdout, stderr"),
                ("/p/portforward", "is not running"),
            ] {
                let answer = try await client.call(.get, pods + target)
                #expect(answer.status == 400)
                #expect(answer.json["message"]?.stringValue?.contains(text) == true, "\(target): \(answer.text)")
            }
            try await fixture.runPod("q")
            let plain = try await client.call(.get, pods + "/q/exec?command=x&stdout=1")
            #expect(plain.json["message"] == "Upgrade request required")
        }
    }
}
