import Effects
import EventBus
import Images
import Keeper
import Logging
import OCI
import Runtime
import SystemLinux
import Testing
import Volumes

/// A whole runtime of its own for one test: keeper, image store with a busybox image, volumes, control groups.
/// Everything is removed in the end, and what stays behind is an error.
final class RuntimeFixture: Sendable {
    let base: String
    let name: String
    let effects = Effects.live
    let bus: EventBus
    let images: ImageStore
    let volumes: VolumeStore
    private let logger: Logger

    /// One daemon's side: it can be dropped and made again while the containers run.
    struct Daemon: Sendable {
        let keeper: KeeperConnection
        let runtime: ContainerRuntime
    }

    private init(base: String, name: String, bus: EventBus, images: ImageStore, volumes: VolumeStore, logger: Logger) {
        self.base = base
        self.name = name
        self.bus = bus
        self.images = images
        self.volumes = volumes
        self.logger = logger
    }

    /// Runs `body` with a fixture and its first daemon.
    static func with(_ body: (RuntimeFixture, ContainerRuntime) async throws -> Void) async throws {
        let fixture = try await make()
        var daemon = try await fixture.startDaemon()
        var failure: (any Error)?
        do { try await body(fixture, daemon.runtime) } catch { failure = error }
        // Whatever the test did with its daemon, a fresh one cleans up.
        daemon.keeper.close()
        daemon = try await fixture.startDaemon()
        try await fixture.cleanUp(daemon)
        if let failure { throw failure }
    }

    private static func make() async throws -> RuntimeFixture {
        let name = "skiff-test-" + Effects.live.hexID().prefix(10)
        let base = "/tmp/\(name)"
        for directory in ["run", "state"] { try Directory.make("\(base)/\(directory)") }
        let logger = Logger(label: "runtime-test")
        let bus = EventBus(effects: .live)
        let images = try await ImageStore.open(root: "\(base)/state/images", effects: .live, bus: bus, logger: logger)
        let volumes = try VolumeStore.open(root: "\(base)/state/volumes", effects: .live, logger: logger)
        let fixture = RuntimeFixture(
            base: base, name: name, bus: bus, images: images, volumes: volumes, logger: logger)
        try await fixture.makeImage()
        return fixture
    }

    private func makeImage() async throws {
        let scratch = try await images.makeScratch()
        let path = scratch.path
        for directory in ["bin", "etc", "tmp", "root", "data"] { try Directory.make("\(path)/\(directory)") }
        try FileCopy.file("/bin/busybox", to: "\(path)/bin/busybox")
        for applet in [
            "sh", "true", "cat", "sleep", "echo", "id", "ls", "seq", "tty", "kill", "env", "hostname", "pwd",
        ] {
            try File.symbolicLink("\(path)/bin/\(applet)", to: "busybox")
        }
        let passwd = "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33:web:/data:/bin/sh\n"
        try File.write("\(path)/etc/passwd", Array(passwd.utf8))
        try File.write("\(path)/etc/group", Array("root:x:0:\nweb:x:33:\nextra:x:44:web\n".utf8))
        try File.write("\(path)/data/seed", Array("from the image\n".utf8))
        let layer = try await images.commitLayer(scratch: scratch)
        var execution = ImageConfig.Execution()
        execution.env = ["PATH=/bin", "IMAGE=yes"]
        execution.cmd = ["sh"]
        _ = try await images.commitImage(
            config: ImageConfig(config: execution), layers: [layer], tags: [try Reference("busybox").withDefaultTag],
            cause: nil
        )
    }

    /// Connects to the keeper (starting it the first time) and recovers what is there.
    func startDaemon() async throws -> Daemon {
        let location = KeeperLocation(
            runDirectory: "\(base)/run", stateDirectory: "\(base)/state", cluster: name,
            program: try KeeperFixture.program
        )
        let keeper = try await KeeperConnection.open(location, logger: logger)
        let runtime = try ContainerRuntime(
            configuration: RuntimeConfiguration(
                stateDirectory: "\(base)/state/runtime", runDirectory: "\(base)/run", cgroupParent: "/\(name)"
            ),
            images: images, volumes: volumes, keeper: keeper, cgroups: try HostControlGroups(), bus: bus,
            effects: effects, logger: logger
        )
        try await runtime.recover()
        return Daemon(keeper: keeper, runtime: runtime)
    }

    /// Ends the daemon's side without a word, as SIGKILL would: no clean-up runs, nothing is told to the keeper.
    func abandon(_ runtime: ContainerRuntime, keeper: KeeperConnection) {
        keeper.close()
    }

    private func cleanUp(_ daemon: Daemon) async throws {
        for item in daemon.runtime.list() { try await daemon.runtime.remove(item.record.id, force: true) }
        for sandbox in daemon.runtime.sandboxes() { try await daemon.runtime.removeSandbox(sandbox.id) }
        #expect(daemon.runtime.list().isEmpty)
        #expect(try await images.rootIDs().isEmpty, "roots are left")
        await daemon.runtime.stop(stopContainers: false)
        let keeper = daemon.keeper.keeperPID
        try await daemon.keeper.stop(force: true)
        daemon.keeper.close()
        let group = try CgroupDriver().group("/\(name)")
        let base = base
        let name = name
        try await BlockingPool.shared.run {
            if let process = try? PidFD(keeper) { _ = try? process.wait(milliseconds: 5000) }
            try group.remove()
            let mounts = try File.readText("/proc/self/mountinfo")
            #expect(!mounts.contains(name), "mounts are left on the host")
            #expect(try Directory.entries("\(base)/run/ns").isEmpty, "namespaces are left")
            try Directory.removeTree(base)
        }
    }

    // MARK: - Short forms

    /// A request for the busybox image with no network.
    func request(_ arguments: String...) -> ContainerRequest {
        var request = ContainerRequest(image: "busybox")
        request.command = arguments
        request.host.networkMode = "none"
        request.host.resources.pidsLimit = 100
        return request
    }

    /// Everything a container logged.
    func log(_ runtime: ContainerRuntime, _ id: String, _ query: LogQuery = LogQuery()) async throws -> String {
        var text: [UInt8] = []
        for try await batch in try runtime.logs(id, query) {
            for record in batch { text += record.text }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Makes and starts a container.
    func run(_ runtime: ContainerRuntime, _ request: ContainerRequest, name: String? = nil) async throws -> String {
        let id = try await runtime.create(request, name: name).id
        try await runtime.start(id)
        return id
    }

    /// Looks until `condition` holds, at most 10 seconds.
    func until(_ what: String, _ condition: () throws -> Bool) async throws {
        for _ in 0..<1000 {
            if try condition() { return }
            try await effects.time.sleep(for: .milliseconds(10))
        }
        Issue.record("waited in vain until \(what)")
    }
}
