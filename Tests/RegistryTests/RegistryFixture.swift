import Effects
import EventBus
import HTTPService
import Images
import Logging
import OCI
import Registry
import SystemLinux

/// A store with its registry on a free loopback port.
struct RegistryFixture {
    let path: String
    let store: ImageStore
    let port: Int
    var host: String { "127.0.0.1:\(port)" }

    static func with(
        allowsAnyWriter: Bool = false, _ body: (RegistryFixture) async throws -> Void
    ) async throws {
        let effects = Effects.live
        let path = "/tmp/skiff-registry-\(effects.uuid())"
        let logger = Logger(label: "test")
        let store = try await ImageStore.open(
            root: "\(path)/images", effects: effects, bus: EventBus(effects: effects), logger: logger
        )
        let responder = RegistryResponder(
            store: store, options: .init(ownerID: 0, allowsAnyWriter: allowsAnyWriter), effects: effects, logger: logger
        )
        let server = HTTPServer(
            name: "registry", listener: .tcp(host: "127.0.0.1", port: 0), responder: responder, logger: logger
        )
        let address = try await server.start()
        let fixture = RegistryFixture(path: path, store: store, port: address.port ?? 0)
        store.setOwnRegistries(["127.0.0.1:\(fixture.port)", "localhost:\(fixture.port)"])
        do {
            try await body(fixture)
        } catch {
            await server.stop(grace: .seconds(1))
            try? Directory.removeTree(path)
            throw error
        }
        await server.stop(grace: .seconds(1))
        try Directory.removeTree(path)
    }

    /// Builds an image of one layer with one file.
    @discardableResult
    func build(_ tag: String, _ text: String = "hello") async throws -> Image {
        let scratch = try await store.makeScratch()
        try Directory.make("\(scratch.path)/etc")
        try File.write("\(scratch.path)/etc/motd", Array(text.utf8))
        let layer = try await store.commitLayer(scratch: scratch)
        var execution = ImageConfig.Execution()
        execution.cmd = ["/bin/true"]
        return try await store.commitImage(
            config: ImageConfig(config: execution), layers: [layer], tags: [try Reference(tag)]
        )
    }
}

/// Whether the tests may make overlay marks and is the user that may write.
let isRoot = (try? File.readText("/proc/self/status").contains("\nUid:\t0\t")) ?? false
