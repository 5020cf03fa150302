import Effects
import EventBus
import HTTPService
import Images
import Logging
import OCI
import Registry
import Synchronization
import SystemLinux
import Testing

/// The client against our own server, plain and behind a token service.
@Suite(.serialized, .enabled(if: isRoot, "needs root: owners and whiteouts"))
struct RegistryClientSerialTests {
    private func withClient(_ fixture: RegistryFixture, _ body: () async throws -> Void) async throws {
        let client = RegistryClient(
            environment: ["HOME": fixture.path], effects: .live, logger: Logger(label: "test")
        )
        fixture.store.plug(transport: client)
        do { try await body() } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }

    @Test func pushedImagesArePulledElsewhereByTheirNames() async throws {
        try await RegistryFixture.with { far in
            try await RegistryFixture.with { near in
                try await withClient(near) {
                    let built = try await near.build("\(far.host)/team/app:1")
                    let pushed = try await near.store.push(try Reference("\(far.host)/team/app:1"))
                    let there = try await far.store.resolve("team/app:1")
                    #expect(there.id == built.id)
                    #expect(there.manifest.digest == pushed.digest)
                    // What leaves the machine is compressed.
                    #expect(there.layers.map(\.blob.mediaType) == [.ociLayerGzip])
                    _ = try await near.store.remove("\(far.host)/team/app:1")

                    let steps = Mutex<[TransferProgress.Step]>([])
                    let progress = TransferProgress { step in steps.withLock { $0.append(step) } }
                    let pulled = try await near.store.ensure(
                        try Reference("\(far.host)/team/app:1"), policy: .missing, progress: progress
                    )
                    #expect(pulled.id == built.id)
                    #expect(steps.withLock { $0 }.contains(.ready(there.layers[0].blob.digest)))
                    let root = try await near.store.makeRoot(image: pulled, containerID: "c")
                    #expect(try File.readText("\(root.lower[0])/etc/motd") == "hello")
                    #expect(
                        try await near.store.storedTag(try Reference("\(far.host)/team/app:1"))?.authority == .pulled)
                }
            }
        }
    }

    @Test func policiesDecideWhoIsAsked() async throws {
        try await RegistryFixture.with { far in
            try await RegistryFixture.with { near in
                try await withClient(near) {
                    let reference = try Reference("\(far.host)/app:1")
                    let first = try await far.build("app:1", "one")
                    await #expect(throws: ImageError.self) { try await near.store.ensure(reference, policy: .never) }
                    #expect(try await near.store.ensure(reference).id == first.id)
                    let second = try await far.build("app:1", "two")
                    #expect(try await near.store.ensure(reference, policy: .missing).id == first.id)
                    #expect(try await near.store.ensure(reference, policy: .always).id == second.id)
                    let own = try await near.build("app:mine")
                    #expect(try await near.store.ensure(try Reference("app:mine"), policy: .always).id == own.id)
                    let missing = await #expect(throws: ImageError.self) {
                        try await near.store.ensure(try Reference("\(far.host)/app:none"))
                    }
                    #expect(missing?.code == .notFound)
                }
            }
        }
    }

    @Test func unreachableRegistriesSayWhatToDo() async throws {
        try await RegistryFixture.with { near in
            try await withClient(near) {
                // Port 1 of loopback: nothing listens there.
                let error = await #expect(throws: ImageError.self) {
                    try await near.store.ensure(try Reference("127.0.0.1:1/app:1"))
                }
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("check the network") == true)
            }
        }
    }

    /// A registry that wants tokens, in front of the fixture's store.
    private func withTokens(
        _ fixture: RegistryFixture, _ behaviour: TokenService.Behaviour,
        _ body: (String, TokenService) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test")
        let inner = RegistryResponder(
            store: fixture.store, options: .init(ownerID: 0, allowsAnyWriter: true), effects: .live, logger: logger
        )
        let service = TokenService(inner, behaviour)
        let server = HTTPServer(
            name: "tokens", listener: .tcp(host: "127.0.0.1", port: 0), responder: service, logger: logger
        )
        let port = try await server.start().port ?? 0
        service.listens(on: port)
        do { try await body("127.0.0.1:\(port)", service) } catch {
            await server.stop(grace: .seconds(1))
            throw error
        }
        await server.stop(grace: .seconds(1))
    }

    @Test func tokensAreFetchedOnceAndKept() async throws {
        try await RegistryFixture.with { far in
            try await withTokens(far, .init()) { host, service in
                try await RegistryFixture.with { near in
                    try await withClient(near) {
                        let built = try await far.build("app:1")
                        #expect(try await near.store.ensure(try Reference("\(host)/app:1")).id == built.id)
                        #expect(service.tokenRequests == 1)
                    }
                }
            }
        }
    }

    @Test func loginsDecideWhoGetsAToken() async throws {
        try await RegistryFixture.with { far in
            try await withTokens(far, .init(login: "me:secret")) { host, _ in
                try await RegistryFixture.with { near in
                    try await withClient(near) {
                        let built = try await far.build("app:1")
                        let reference = try Reference("\(host)/app:1")
                        let refused = await #expect(throws: ImageError.self) { try await near.store.ensure(reference) }
                        #expect(refused?.code == .denied)
                        #expect(refused?.message.contains("skiff login") == true)
                        let credentials = RegistryCredentials(username: "me", password: "secret")
                        #expect(try await near.store.ensure(reference, credentials: credentials).id == built.id)
                    }
                }
            }
        }
    }

    @Test func brokenDownloadsAreCompleted() async throws {
        try await RegistryFixture.with { far in
            try await withTokens(far, .init(cutsBlobsAfter: 700)) { host, _ in
                try await RegistryFixture.with { near in
                    try await withClient(near) {
                        let built = try await far.build("app:1")
                        #expect(try await near.store.ensure(try Reference("\(host)/app:1")).id == built.id)
                    }
                }
            }
        }
    }

    @Test func failuresOfTheMomentAreRepeated() async throws {
        try await RegistryFixture.with { far in
            try await withTokens(far, .init(failures: 1)) { host, _ in
                try await RegistryFixture.with { near in
                    try await withClient(near) {
                        let built = try await far.build("app:1")
                        #expect(try await near.store.ensure(try Reference("\(host)/app:1")).id == built.id)
                    }
                }
            }
        }
    }
}
