import Document
import HTTPService
import OCI
import SystemLinux
import Testing

@testable import Builder
@testable import DockerAPI

@Suite struct BuildStreamTests {
    private let id = "sha256:" + String(repeating: "ab", count: 32)

    private func result() throws -> BuildResult {
        BuildResult(
            imageID: try Digest(id), manifest: try Digest(id), tags: [try Reference("app")], stepCount: 2,
            cachedCount: 1)
    }

    private func lines(_ bytes: [UInt8]) throws -> [JSONValue] {
        try bytes.split(separator: 10).map { try JSONReader.parse(Array($0.filter { $0 != 13 })) }
    }

    private let events: [BuildProgress] = [
        .started(.init(number: 1, kind: .internal, title: "load", instruction: "load", position: 0, count: 2)),
        .finished(step: 1, milliseconds: 1),
        .started(.init(number: 2, kind: .from, title: "[1/2] FROM x", instruction: "FROM x", position: 1, count: 2)),
        .finished(step: 2, milliseconds: 1),
        .started(.init(number: 3, kind: .layer, title: "[2/2] RUN y", instruction: "RUN y", position: 2, count: 2)),
        .output(step: 3, .init(stream: .standardOutput, bytes: Array("hello\n".utf8))),
        .cached(step: 3),
    ]

    @Test("the classic form is what docker's clients read") func classic() throws {
        var stream = ClassicBuildStream(isQuiet: false, notes: ["n"])
        var bytes: [UInt8] = []
        for event in events { stream.append(event, to: &bytes) }
        stream.finish(try result(), to: &bytes)
        let values = try lines(bytes)
        let texts = values.compactMap { $0["stream"]?.stringValue }
        #expect(
            texts == [
                "[Note] n\n", "Step 1/2 : FROM x", "\n", "Step 2/2 : RUN y", "\n", "hello\n", " ---> Using cache\n",
                "Successfully built abababababab\n", "Successfully tagged app:latest\n",
            ])
        #expect(values.compactMap { $0["aux"]?["ID"]?.stringValue } == [id])
    }

    @Test("quiet builds send only the id") func quiet() throws {
        var stream = ClassicBuildStream(isQuiet: true, notes: ["n"])
        var bytes: [UInt8] = []
        for event in events { stream.append(event, to: &bytes) }
        stream.finish(try result(), to: &bytes)
        #expect(try lines(bytes) == [["stream": .string(id + "\n")]])
    }

    @Test("a failed RUN carries its exit code") func failure() throws {
        var stream = ClassicBuildStream(isQuiet: false, notes: [])
        var bytes: [UInt8] = []
        stream.fail(BuilderError(.stepFailed, "process failed", exitCode: 3), to: &bytes)
        let value = try lines(bytes)[0]
        #expect(value["errorDetail"]?["code"]?.intValue == 3)
        #expect(value["error"]?.stringValue == "process failed")
    }

    @Test("our own form keeps every event") func progress() throws {
        var stream = BuildProgressStream()
        var bytes: [UInt8] = []
        for event in events { stream.append(event, to: &bytes) }
        stream.finish(try result(), to: &bytes)
        stream.fail(BuilderError(.syntax, "bad"), to: &bytes)
        let values = try lines(bytes)
        #expect(values.count == events.count + 2)
        #expect(values[5]["output"]?["data"]?.stringValue.flatMap { Base64.decode($0) } == Array("hello\n".utf8))
        #expect(values[7]["result"]?["cached"]?.intValue == 1)
        #expect(values[8]["error"]?["code"]?.stringValue == "syntax")
    }

    @Test("a request in place is read and unknown fields are refused") func inPlace() throws {
        let root = HTTPPeer.unix(uid: 0, gid: 0, pid: 1)
        let body: JSONValue = [
            "context": ["path": "/tmp"],
            "dockerfile": ["name": "D", "content": .string(Base64.encode(Array("FROM a".utf8)))],
            "tags": ["a:1"], "buildArgs": ["X": .null], "secrets": ["s": .string(Base64.encode([1, 2]))],
        ]
        let request = try InPlaceBuildParameters.request(from: body, peer: root)
        #expect(request.contextDirectory == "/tmp")
        #expect(request.dockerfile?.bytes == Array("FROM a".utf8))
        #expect(request.secrets == ["s": [1, 2]])
        #expect(request.arguments["X"] == .some(nil))
        #expect(throws: EngineError.self) { try InPlaceBuildParameters.request(from: ["nope": 1], peer: root) }
    }

    @Test("only root and the owner may build from a directory") func permission() throws {
        let body: JSONValue = ["context": ["path": "/proc/1"]]
        let stranger = HTTPPeer.unix(uid: 12_345, gid: 0, pid: 1)
        let error = #expect(throws: EngineError.self) { try InPlaceBuildParameters.request(from: body, peer: stranger) }
        #expect(error?.code == .forbidden)
        let network = HTTPPeer.network("10.0.0.1:1")
        #expect(throws: EngineError.self) { try InPlaceBuildParameters.request(from: body, peer: network) }
        let other: JSONValue = ["context": ["path": "/tmp", "inode": "1:1"]]
        let conflict = #expect(throws: EngineError.self) {
            try InPlaceBuildParameters.request(from: other, peer: .unix(uid: 0, gid: 0, pid: 1))
        }
        #expect(conflict?.code == .conflict)
    }
}
