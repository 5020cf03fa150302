import Cluster
import Document
import Effects
import SystemLinux
import Testing

@testable import Node

@Suite struct VolumeTests {
    private struct Tokens: PodTokenSource {
        func token(for request: PodTokenRequest) async throws -> PodToken {
            PodToken(
                token: "token-of-\(request.serviceAccount)",
                expiresAt: Timestamp(seconds: 1_000) + .seconds(request.expirationSeconds))
        }
    }

    private func plan(
        _ volume: JSONValue, security: JSONValue = [:], configMaps: [String: [String: String]] = [:]
    ) async throws -> (plan: VolumePlan?, renewal: Timestamp?) {
        var volume = volume
        volume["name"] = "v"
        let spec = PodSpec(
            uid: "u", namespace: "shop", name: "web",
            value: [
                "metadata": ["labels": ["b": "2", "a": "1"]],
                "spec": ["volumes": [volume], "securityContext": security, "containers": [["name": "c"]]],
            ])
        let references = ReferenceReader(
            configMap: { configMaps[$0]?.mapValues { Array($0.utf8) } }, secret: { _ in nil })
        let fields = DownwardField(spec: spec, nodeName: "n", hostIP: "h", addresses: [], allocatable: .null)
        let planner = VolumePlanner(spec: spec, references: references, fields: fields, tokens: Tokens())
        let result = try await planner.plan(at: Timestamp(seconds: 1_000))
        return (result.plans.first?.plan, result.renewTokensAt)
    }

    private func file(_ path: String, _ text: String, _ mode: UInt32 = 0o644) -> VolumeFile {
        VolumeFile(path: path, bytes: Array(text.utf8), mode: mode)
    }

    @Test func theKindsOfVolumes() async throws {
        #expect(try await plan(["emptyDir": [:]]).plan == .scratch)
        let memory: JSONValue = ["emptyDir": ["medium": "Memory", "sizeLimit": "1Mi"]]
        #expect(try await plan(memory).plan == .memory(limitBytes: 1 << 20))
        #expect(
            try await plan(["hostPath": ["path": "/srv", "type": "Directory"]]).plan
                == .host(path: "/srv", type: "Directory"))
    }

    @Test func aConfigMapBecomesFiles() async throws {
        let maps = ["cm": ["b": "2", "a": "1"]]
        let all = try await plan(["configMap": ["name": "cm", "defaultMode": 0o600]], configMaps: maps).plan
        #expect(all == .payload([file("a", "1", 0o600), file("b", "2", 0o600)]))
        let chosen: JSONValue = ["configMap": ["name": "cm", "items": [["key": "b", "path": "x/y", "mode": 0o400]]]]
        #expect(try await plan(chosen, configMaps: maps).plan == .payload([file("x/y", "2", 0o400)]))
    }

    @Test func missingObjectsAndKeysAreNamedUnlessOptional() async throws {
        let missing = await #expect(throws: NodeError.self) { try await plan(["configMap": ["name": "cm"]]) }
        #expect(missing?.description.contains("configmap \"cm\" not found") == true)
        let absentKey: JSONValue = ["configMap": ["name": "cm", "items": [["key": "z", "path": "z"]]]]
        let keyError = await #expect(throws: NodeError.self) { try await plan(absentKey, configMaps: ["cm": [:]]) }
        #expect(keyError?.description.contains("references non-existent key \"z\"") == true)
        #expect(try await plan(["configMap": ["name": "cm", "optional": true]]).plan == .payload([]))
    }

    @Test func aProjectedVolumeJoinsItsSourcesAndRenewsTheToken() async throws {
        let volume: JSONValue = [
            "projected": [
                "defaultMode": 0o644,
                "sources": [
                    ["serviceAccountToken": ["path": "token", "expirationSeconds": 1000]],
                    ["configMap": ["name": "ca", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
                    [
                        "downwardAPI": [
                            "items": [["path": "namespace", "fieldRef": ["fieldPath": "metadata.namespace"]]]
                        ]
                    ],
                ],
            ]
        ]
        let maps = ["ca": ["ca.crt": "PEM"]]
        let (found, renewal) = try await plan(volume, configMaps: maps)
        #expect(
            found
                == .payload([file("token", "token-of-default"), file("ca.crt", "PEM"), file("namespace", "shop")]))
        #expect(renewal == Timestamp(seconds: 1_800))
        let (restricted, _) = try await plan(volume, security: ["runAsUser": 7], configMaps: maps)
        guard case .payload(let files) = restricted else { return }
        #expect(files.first?.mode == 0o600)
    }

    @Test func labelsAsAFile() async throws {
        let volume: JSONValue = [
            "downwardAPI": ["items": [["path": "labels", "fieldRef": ["fieldPath": "metadata.labels"]]]]
        ]
        #expect(try await plan(volume).plan == .payload([file("labels", "a=\"1\"\nb=\"2\"")]))
    }

    @Test func whatIsNotSupportedIsNamed() async throws {
        let error = await #expect(throws: NodeError.self) { try await plan(["nfs": ["server": "x"]]) }
        #expect(error?.description.contains("volume type nfs is not supported") == true)
    }

    // MARK: - On disk

    private func scratch(_ body: (String) throws -> Void) throws {
        let path = "/tmp/skiff-volume-test-\(Effects.live.uuid())"
        try Directory.make(path)
        defer { try? Directory.removeTree(path) }
        try body(path)
    }

    @Test func filesChangeAllAtOnce() throws {
        try scratch { root in
            let directory = AtomicDirectory(path: "\(root)/v")
            try directory.replace(with: [file("a", "1"), file("sub/b", "2", 0o600)], stamp: "one")
            #expect(try File.readText("\(root)/v/a") == "1")
            #expect(try File.readText("\(root)/v/sub/b") == "2")
            #expect(try File.status("\(root)/v/sub/b").mode == 0o600)
            try directory.replace(with: [file("a", "new"), file("c", "3")], stamp: "two")
            #expect(try File.readText("\(root)/v/a") == "new")
            #expect(try Set(Directory.entries("\(root)/v").map(\.name)) == ["..data", "..two", "a", "c"])
        }
    }

    @Test func equalFilesAreNotWrittenAgain() throws {
        try scratch { root in
            let directory = AtomicDirectory(path: "\(root)/v")
            try directory.replace(with: [file("a", "1")], stamp: "one")
            try directory.replace(with: [file("a", "1")], stamp: "two")
            #expect(try File.readLink("\(root)/v/..data") == "..one")
        }
    }

    @Test func aSubPathStaysInsideItsVolume() throws {
        try scratch { root in
            try Directory.make("\(root)/volume")
            try Directory.make("\(root)/outside")
            #expect(try PodVolumes.resolve(subPath: "", in: "\(root)/volume") == "\(root)/volume")
            #expect(try PodVolumes.resolve(subPath: "a/b", in: "\(root)/volume") == "\(root)/volume/a/b")
            #expect(Directory.isDirectory("\(root)/volume/a/b"))
            #expect(throws: NodeError.self) { try PodVolumes.resolve(subPath: "../outside", in: "\(root)/volume") }
            try File.symbolicLink("\(root)/volume/link", to: "\(root)/outside")
            let resolved = try PodVolumes.resolve(subPath: "link", in: "\(root)/volume")
            #expect(resolved.hasPrefix("\(root)/volume/"), "a link is followed within the volume")
        }
    }

    @Test func hostPathTypesAreChecked() throws {
        try scratch { root in
            try HostPathCheck.check("\(root)/made", type: "DirectoryOrCreate")
            try HostPathCheck.check("\(root)/made", type: "Directory")
            try HostPathCheck.check("\(root)/file", type: "FileOrCreate")
            try HostPathCheck.check("\(root)/anything", type: "")
            let error = #expect(throws: NodeError.self) { try HostPathCheck.check("\(root)/made", type: "File") }
            #expect(error?.message == "hostPath type check failed: \(root)/made is not a file")
        }
    }
}
