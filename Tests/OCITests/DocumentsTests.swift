import Document
import Testing

@testable import OCI

@Suite struct DocumentsTests {
    private let hex = String(repeating: "1", count: 64)

    private func manifest(_ extra: String = "", config: String = "application/vnd.oci.image.config.v1+json") -> [UInt8]
    {
        Array(
            """
            {"schemaVersion":2,"config":{"mediaType":"\(config)","digest":"sha256:\(hex)","size":2},"layers":[]\(extra)}
            """.utf8
        )
    }

    @Test func readsAManifestWithoutMediaType() throws {
        let read = try JSONDecoding.decode(Manifest.self, from: manifest())
        #expect(read.mediaType == nil)
        #expect(read.config.sizeBytes == 2)
        #expect(read.effectiveArtifactType == "application/vnd.oci.image.config.v1+json")
    }

    @Test func refusesADocumentThatIsManifestAndIndexAtOnce() {
        #expect(throws: (any Error).self) {
            try JSONDecoding.decode(Manifest.self, from: manifest(",\"manifests\":[]"))
        }
        let both = Array("{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}".utf8)
        #expect(throws: (any Error).self) { try JSONDecoding.decode(Index.self, from: both) }
    }

    @Test func refusesOtherSchemaVersions() {
        let old = Array("{\"schemaVersion\":1,\"manifests\":[]}".utf8)
        #expect(throws: (any Error).self) { try JSONDecoding.decode(Index.self, from: old) }
        let none = Array("{\"manifests\":[]}".utf8)
        #expect(throws: (any Error).self) { try JSONDecoding.decode(Index.self, from: none) }
    }

    @Test func refusesArtifactsWithoutType() {
        let empty = "application/vnd.oci.empty.v1+json"
        #expect(throws: (any Error).self) { try JSONDecoding.decode(Manifest.self, from: manifest(config: empty)) }
        #expect(throws: Never.self) {
            try JSONDecoding.decode(Manifest.self, from: manifest(",\"artifactType\":\"a/b\"", config: empty))
        }
    }

    @Test func refusesNegativeSizes() {
        let text = "{\"mediaType\":\"a/b\",\"digest\":\"sha256:\(hex)\",\"size\":-1}"
        #expect(throws: (any Error).self) { try JSONDecoding.decode(Descriptor.self, from: Array(text.utf8)) }
    }

    @Test func equalConfigurationsGiveEqualBytes() throws {
        var execution = ImageConfig.Execution()
        execution.labels = Dictionary(uniqueKeysWithValues: (0..<40).map { ("label\($0)", "\($0)") })
        execution.exposedPorts = ["80/tcp", "443/tcp", "8000/tcp"]
        let config = ImageConfig(config: execution)
        let first = try JSONEncoding.encode(config)
        for _ in 0..<5 {
            var copy = execution
            copy.labels = Dictionary(uniqueKeysWithValues: (0..<40).shuffled().map { ("label\($0)", "\($0)") })
            #expect(try JSONEncoding.encode(ImageConfig(config: copy)) == first)
        }
    }

    @Test func configurationSurvivesARoundTrip() throws {
        var execution = ImageConfig.Execution()
        execution.user = "app"
        execution.env = ["PATH=/bin", "A=b=c"]
        execution.cmd = ["python", "app.py"]
        execution.volumes = ["/data"]
        execution.healthcheck = ImageConfig.Healthcheck(test: ["CMD", "true"], interval: 1_000_000_000, retries: 3)
        let config = ImageConfig(
            created: "2026-01-01T00:00:00Z", config: execution,
            rootfs: ImageConfig.RootFS(diffIDs: [try Digest("sha256:\(hex)")]),
            history: [ImageConfig.HistoryEntry(createdBy: "RUN true", emptyLayer: true)]
        )
        #expect(try JSONDecoding.decode(ImageConfig.self, from: JSONEncoding.encode(config)) == config)
    }

    @Test func readsNullListsAsWritersInGoLeaveThem() throws {
        let text = """
            {"architecture":"amd64","os":"linux","config":{"Env":null,"Cmd":null,"Labels":null,"ExposedPorts":null},
            "rootfs":{"type":"layers","diff_ids":null},"history":null}
            """
        let config = try JSONDecoding.decode(ImageConfig.self, from: Array(text.utf8))
        #expect(config.config?.env == nil)
        #expect(config.rootfs.diffIDs.isEmpty)
    }

    @Test func picksTheFirstFittingPlatform() throws {
        func entry(_ platform: OCIPlatform?, _ digit: Character, attestation: Bool = false) throws -> Descriptor {
            Descriptor(
                mediaType: .ociManifest, digest: try Digest("sha256:" + String(repeating: digit, count: 64)),
                sizeBytes: 1,
                annotations: attestation ? ["vnd.docker.reference.type": "attestation-manifest"] : nil,
                platform: platform
            )
        }
        let amd64 = OCIPlatform(architecture: "amd64", os: "linux")
        let index = Index(manifests: [
            try entry(OCIPlatform(architecture: "unknown", os: "unknown"), "0", attestation: true),
            try entry(OCIPlatform(architecture: "arm64", os: "linux", variant: "v8"), "1"), try entry(amd64, "2"),
            try entry(amd64, "3"),
        ])
        #expect(index.manifest(for: amd64)?.digest.hex.first == "2")
        #expect(index.manifest(for: try OCIPlatform("linux/aarch64"))?.digest.hex.first == "1")
        #expect(index.manifest(for: try OCIPlatform("windows/amd64")) == nil)
    }

    @Test(arguments: ["", "/", "linux/", "linux/amd64/v1/x", "lin ux", "linux//v1", "linux/am\u{0}d64"])
    func refusesMalformedPlatforms(_ text: String) {
        #expect(throws: OCIError.self) { try OCIPlatform(text) }
    }

    @Test func runtimeSpecSurvivesARoundTrip() throws {
        var linux = RuntimeSpec.Linux()
        linux.namespaces = [RuntimeSpec.Namespace(.pid), RuntimeSpec.Namespace(.network, path: "/run/netns/x")]
        linux.resources = RuntimeSpec.Resources()
        linux.resources?.pids = RuntimeSpec.Pids(limit: 100)
        linux.seccomp = RuntimeSpec.Seccomp(
            defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1,
            syscalls: [
                RuntimeSpec.Seccomp.Rule(
                    names: ["socket"], action: "SCMP_ACT_ALLOW",
                    args: [RuntimeSpec.Seccomp.Argument(index: 0, value: 38, op: "SCMP_CMP_LT")]
                )
            ]
        )
        let spec = RuntimeSpec(
            process: RuntimeSpec.Process(
                args: ["true"], rlimits: [.init(type: "RLIMIT_NOFILE", soft: 1, hard: .max / 2)]),
            root: RuntimeSpec.Root(path: "/x"), hostname: "h",
            mounts: [RuntimeSpec.Mount(destination: "/proc", type: "proc", source: "proc", options: ["nosuid"])],
            linux: linux
        )
        #expect(try JSONDecoding.decode(RuntimeSpec.self, from: JSONEncoding.encode(spec)) == spec)
    }
}
