import Keeper
import Logging
import OCI
import Runtime
import SystemLinux
import Testing

/// A keeper of its own for one test, with a scratch directory, a busybox root and control groups; everything is removed
/// in the end, and what stays behind is an error.
final class KeeperFixture: Sendable {
    let base: String
    let link: KeeperConnection
    let driver: CgroupDriver
    let journal = ExitJournal()

    /// The binary that has the keeper's verb, built beside the tests.
    static var program: String {
        get throws { File.parent(of: try File.readLink("/proc/self/exe")) + "/skiff" }
    }

    static var isPrivileged: Bool { (try? CapabilitySet.effective().has(.sysAdmin)) ?? false }

    private init(base: String, link: KeeperConnection, driver: CgroupDriver) {
        self.base = base
        self.link = link
        self.driver = driver
    }

    static func with(_ body: (KeeperFixture) async throws -> Void) async throws {
        let fixture = try await make()
        let listening = Task { [journal = fixture.journal, events = fixture.link.events] in
            for await event in events { await journal.note(event) }
        }
        var failure: (any Error)?
        do { try await body(fixture) } catch { failure = error }
        if failure != nil, let log = try? File.readText("\(fixture.base)/run/keeper.log") { print(log) }
        try await fixture.cleanUp()
        listening.cancel()
        if let failure { throw failure }
    }

    private static func make() async throws -> KeeperFixture {
        var bytes: UInt64 = 0
        withUnsafeMutableBytes(of: &bytes) { buffer in
            for index in buffer.indices { buffer[index] = UInt8.random(in: 0...255) }
        }
        let name = "skiff-test-" + String(bytes, radix: 36)
        let base = "/tmp/\(name)"
        for directory in ["run", "state", "layer/bin", "layer/etc", "empty"] {
            try Directory.make("\(base)/\(directory)")
        }
        try FileCopy.file("/bin/busybox", to: "\(base)/layer/bin/busybox")
        for applet in applets { try File.symbolicLink("\(base)/layer/bin/\(applet)", to: "busybox") }
        let driver = try CgroupDriver()
        let own = try driver.create("/\(name)/keeper")
        let location = KeeperLocation(
            runDirectory: "\(base)/run", stateDirectory: "\(base)/state", cluster: name, program: try program,
            cgroupDirectories: own.directories
        )
        let link = try await KeeperConnection.open(location, logger: Logger(label: "keeper-test"))
        return KeeperFixture(base: base, link: link, driver: driver)
    }

    private static let applets = [
        "sh", "true", "false", "echo", "cat", "sleep", "ls", "id", "mount", "ps", "hostname", "tty", "stty", "kill",
        "grep", "head", "dd", "yes", "wc", "readlink", "mkdir", "touch", "env", "pwd", "stat", "mknod", "seq", "tail",
        "usleep", "umount", "chroot", "ln", "tr", "printf", "rm",
    ]

    var name: String { File.name(of: base) }

    func group(_ id: String) -> Cgroup { driver.group("/\(name)/\(id)") }

    private func cleanUp() async throws {
        for record in try await link.list() where record.state != .exited {
            try? await link.signal(record.id, 9)
        }
        let base = self.base
        let keeper = link.keeperPID
        try? await link.stop(force: true)
        link.close()
        let root = driver.group("/\(name)")
        try await BlockingPool.shared.run {
            for pid in try root.processes() where pid != keeper { _ = try? PidFD(pid).send(9) }
            if let process = try? PidFD(keeper) { _ = try? process.wait(milliseconds: 5000) }
            try root.remove()
            try Directory.removeTree(base)
        }
        #expect(!root.exists, "control groups are left")
        let mounts = try File.readText("/proc/self/mountinfo")
        #expect(!mounts.contains(name), "mounts are left on the host")
    }

    // MARK: - Plans

    func spec(_ arguments: [String], terminal: Bool = false) -> RuntimeSpec {
        var process = RuntimeSpec.Process(args: arguments, env: ["PATH=/bin"], terminal: terminal)
        process.capabilities = RuntimeSpec.Capabilities(
            bounding: Self.capabilities, effective: Self.capabilities, permitted: Self.capabilities
        )
        var spec = RuntimeSpec(process: process)
        spec.hostname = "box"
        spec.mounts = Self.mounts
        var linux = RuntimeSpec.Linux()
        linux.namespaces = [
            .init(.mount), .init(.pid), .init(.ipc), .init(.uts), .init(.network), .init(.cgroup),
        ]
        linux.maskedPaths = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/secret", "/not/there", "/sys/firmware"]
        linux.readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
        spec.linux = linux
        return spec
    }

    static let capabilities = [
        "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP",
        "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE",
    ].map { "CAP_\($0)" }

    private static let mounts = [
        mount("/proc", "proc", ["nosuid", "noexec", "nodev"]),
        mount("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        mount("/dev/pts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
        mount("/sys", "sysfs", ["nosuid", "noexec", "nodev", "ro"]),
        mount("/sys/fs/cgroup", "cgroup", ["nosuid", "noexec", "nodev", "ro"]),
        mount("/dev/mqueue", "mqueue", ["nosuid", "noexec", "nodev"]),
        mount("/dev/shm", "tmpfs", ["nosuid", "noexec", "nodev", "mode=1777", "size=67108864"]),
    ]

    private static func mount(_ destination: String, _ type: String, _ options: [String]) -> RuntimeSpec.Mount {
        RuntimeSpec.Mount(destination: destination, type: type, source: type, options: options)
    }

    /// A plan with a fresh overlay root over busybox and its own control group.
    func plan(
        _ id: String, _ spec: RuntimeSpec, stdio: StdioPlan? = nil, limits: CgroupLimits? = nil
    ) async throws -> LaunchPlan {
        let (base, group) = (self.base, group(id))
        try await BlockingPool.shared.run { [driver] in
            for directory in ["upper", "work"] { try Directory.make("\(base)/\(id)/\(directory)") }
            _ = try driver.create(group.path)
            if let limits { _ = try group.apply(limits) }
        }
        return LaunchPlan(
            id: id, spec: spec,
            root: .overlay(
                lower: ["\(base)/layer", "\(base)/empty"], upper: "\(base)/\(id)/upper", work: "\(base)/\(id)/work"),
            cgroup: CgroupPlacement(group),
            stdio: stdio ?? StdioPlan(.relay, log: LogPlan(path: "\(base)/\(id)/log"))
        )
    }

    /// Runs a shell script to its end in a container of its own.
    func run(_ id: String, _ script: String) async throws -> (exit: ExitRecord, log: String) {
        let plan = try await plan(id, spec(["sh", "-c", script]))
        return try await run(plan)
    }

    func run(_ plan: LaunchPlan) async throws -> (exit: ExitRecord, log: String) {
        _ = try await link.launch(plan)
        let exit = try await exited(plan.id)
        return (exit, try logText(plan.id))
    }

    func exited(_ id: String) async throws -> ExitRecord {
        let record = await journal.exit(of: id)
        try await link.acknowledge(id)
        return record
    }

    /// The logged lines as the container wrote them, of both streams.
    func logText(_ id: String) throws -> String {
        try LogFile.entries("\(base)/\(id)/log").map(\.log).joined()
    }
}

/// Collects what the keeper announces, for tests to wait on.
actor ExitJournal {
    private var exits: [String: ExitRecord] = [:]
    private var waiting: [String: [CheckedContinuation<ExitRecord, Never>]] = [:]
    private(set) var replacements = 0
    private(set) var dropped: [String] = []
    private var replacementWaiters: [CheckedContinuation<Void, Never>] = []

    func note(_ event: KeeperEvent) {
        switch event {
        case .exited(let record):
            exits[record.id] = record
            for continuation in waiting.removeValue(forKey: record.id) ?? [] { continuation.resume(returning: record) }
        case .keeperReplaced:
            replacements += 1
            for continuation in replacementWaiters { continuation.resume() }
            replacementWaiters = []
        case .attachDropped(let id): dropped.append(id)
        case .overrun: break
        }
    }

    func exit(of id: String) async -> ExitRecord {
        if let record = exits[id] { return record }
        return await withCheckedContinuation { waiting[id, default: []].append($0) }
    }

    func replacement() async {
        if replacements > 0 { return }
        await withCheckedContinuation { replacementWaiters.append($0) }
    }
}
