import Images
import OCI
import Subprocess
import SystemLinux
import Testing

/// The registry server against a real client.
@Suite(
    .serialized, .enabled(if: isRoot, "needs root: owners and whiteouts"),
    .enabled(if: File.exists("/usr/bin/skopeo"), "needs skopeo")
)
struct SkopeoSerialTests {
    @discardableResult
    private func skopeo(_ arguments: String..., fails: Bool = false) async throws -> String {
        let result = try await run(
            .name("skopeo"), arguments: Arguments(["--insecure-policy"] + arguments),
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 20)
        )
        #expect(result.terminationStatus.isSuccess != fails, "\(result.standardError)")
        return result.standardOutput + result.standardError
    }

    @Test func builtImagesCanBePulledAndPushedElsewhere() async throws {
        try await RegistryFixture.with { one in
            try await RegistryFixture.with { two in
                let image = try await one.build("app:1")
                try await skopeo(
                    "copy", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false",
                    "docker://\(one.host)/app:1", "docker://\(two.host)/team/copy:2"
                )
                let copied = try await two.store.resolve("team/copy:2")
                #expect(copied.id == image.id)
                #expect(copied.manifest.digest == image.manifest.digest)
                let root = try await two.store.makeRoot(image: copied, containerID: "c")
                #expect(try File.readText("\(root.lower[0])/etc/motd") == "hello")
                // A copy to another repository moves no blob: the layer is found there.
                let before = try Directory.entries("\(two.path)/images/blobs/sha256").count
                try await skopeo(
                    "copy", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false",
                    "docker://\(two.host)/team/copy:2", "docker://\(two.host)/other:3"
                )
                #expect(try await two.store.resolve("other:3").manifest.digest == image.manifest.digest)
                #expect(try Directory.entries("\(two.path)/images/blobs/sha256").count == before)
            }
        }
    }

    @Test func archivesGoInAndComeOutUnchanged() async throws {
        try await RegistryFixture.with { fixture in
            let image = try await fixture.build("app:1")
            let directory = "\(fixture.path)/oci"
            try await skopeo("copy", "--src-tls-verify=false", "docker://\(fixture.host)/app:1", "oci:\(directory):x")
            for (format, name) in [("oci", "back:oci"), ("v2s2", "back:docker")] {
                try await skopeo(
                    "copy", "--dest-tls-verify=false", "--format", format, "oci:\(directory):x",
                    "docker://\(fixture.host)/\(name)"
                )
                let back = try await fixture.store.resolve(name)
                #expect(back.layers.map(\.diffID) == image.layers.map(\.diffID))
                #expect(back.config.config == image.config.config)
            }
            try await skopeo(
                "copy", "--dest-tls-verify=false", "--dest-compress", "oci:\(directory):x",
                "docker://\(fixture.host)/packed:1"
            )
            let packed = try await fixture.store.resolve("packed:1")
            #expect(packed.layers.map(\.diffID) == image.layers.map(\.diffID))
        }
    }

    @Test func tagsCanBeListedInspectedAndDeleted() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.build("app:1")
            try await fixture.build("app:2", "two")
            let tags = try await skopeo("list-tags", "--tls-verify=false", "docker://\(fixture.host)/app")
            #expect(tags.contains("\"1\"") && tags.contains("\"2\""))
            let seen = try await skopeo("inspect", "--tls-verify=false", "docker://\(fixture.host)/app:1")
            #expect(seen.contains("\"Architecture\""))
            try await skopeo("delete", "--tls-verify=false", "docker://\(fixture.host)/app:1")
            await #expect(throws: ImageError.self) { try await fixture.store.resolve("app:1") }
            _ = try await fixture.store.resolve("app:2")
            try await skopeo("inspect", "--tls-verify=false", "docker://\(fixture.host)/app:1", fails: true)
        }
    }
}
