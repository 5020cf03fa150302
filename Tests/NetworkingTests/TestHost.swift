import Effects
import Logging
import NFTables
import NIOCore
import NIOPosix
import Networking
import Synchronization
import SystemLinux

/// Whether this process may make network namespaces.
let isRoot: Bool = (try? File.readText("/proc/self/status"))?.contains("\nUid:\t0\t") ?? false

/// A host of its own: a network namespace with an uplink to nowhere, event loops that live in it, a directory.
final class TestHost: Sendable {
    let directory: String
    let namespace: OwnedFD
    let group: MultiThreadedEventLoopGroup
    let effects = Effects.live
    private let processes = Mutex<[TestProcess]>([])

    private init(directory: String, namespace: OwnedFD, group: MultiThreadedEventLoopGroup) {
        self.directory = directory
        self.namespace = namespace
        self.group = group
    }

    /// Runs `body` with a fresh host and removes it afterwards, also on failure.
    static func with(_ body: (TestHost) async throws -> Void) async throws {
        let directory = "/tmp/skiff-net-\(Effects.live.hexID().prefix(12))"
        try Directory.make(directory)
        try await BlockingPool.shared.run { try Namespaces.pin(.network, at: directory + "/host") }
        let namespace = try Namespaces.open(directory + "/host", .network)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        try await group.next().submit { try Namespaces.enter(namespace.raw, .network) }.get()
        let host = TestHost(directory: directory, namespace: namespace, group: group)
        var failure: (any Error)?
        do {
            try host.makeUplink()
            try await body(host)
        } catch { failure = error }
        for process in host.processes.withLock({ $0 }) { process.end() }
        try await group.shutdownGracefully()
        for file in try Directory.entries(directory) where !file.name.contains(".") {
            try Namespaces.unpin(directory + "/" + file.name)
        }
        try Directory.removeTree(directory)
        if let failure { throw failure }
    }

    /// A cable to a neighbour machine `uplink`: 192.0.2.2 here, the router 192.0.2.1 there.
    private func makeUplink() throws {
        _ = try makeSandbox("uplink")
        try NetlinkSocket(in: namespace).addVeth(
            "up0", LinkChange(up: true), peer: LinkChange(name: "up1", namespace: try open("uplink")))
        // A new namespace begins with the switches of the machine the test runs on.
        try shell("echo 0 > /proc/sys/net/ipv4/ip_forward", in: "host")
        try shell("ip link set lo up; ip addr add 192.0.2.2/24 dev up0; ip link set up0 up", in: "host")
        try shell("ip link set lo up; ip addr add 192.0.2.1/24 dev up1; ip link set up1 up", in: "uplink")
        try shell("ip route add default via 192.0.2.1", in: "host")
    }

    /// Makes a sandbox's namespace and returns its file.
    func makeSandbox(_ name: String) throws -> String {
        let path = directory + "/" + name
        try Namespaces.pin(.network, at: path)
        return path
    }

    func open(_ name: String) throws -> OwnedFD { try Namespaces.open(directory + "/" + name, .network) }

    func configuration(cluster: String = "test") -> NetworkConfiguration {
        NetworkConfiguration(
            cluster: cluster, databasePath: directory + "/\(cluster).sqlite", hostDirectory: directory + "/run.d",
            resolverFile: directory + "/resolv.conf", namespace: namespace)
    }

    func startEngine(
        cluster: String = "test", rules: PacketRules, _ change: (inout NetworkConfiguration) -> Void = { _ in }
    ) async throws -> NetworkEngine {
        var configuration = configuration(cluster: cluster)
        change(&configuration)
        return try await NetworkEngine.start(
            configuration, rules: rules, eventLoopGroup: group, effects: effects, logger: Logger(label: "test"))
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a shell script inside a namespace and returns its output; throws when it fails, unless it may.
    @discardableResult
    func shell(_ script: String, in name: String, mayFail: Bool = false) throws -> String {
        let output = directory + "/out.\(effects.hexID().prefix(8))"
        let process = try TestProcess(command(["sh", "-c", script], in: name), output: output)
        let status = process.wait()
        let text = try File.readText(output)
        try File.remove(output)
        guard status == 0 || mayFail else {
            throw Failure(description: "in \(name): \(script): status \(status): \(text)")
        }
        return text
    }

    /// Starts a program inside a namespace that runs until the host goes.
    func start(_ arguments: [String], in name: String) throws {
        let process = try TestProcess(command(arguments, in: name), output: "/dev/null")
        processes.withLock { $0.append(process) }
    }

    private func command(_ arguments: [String], in name: String) -> [String] {
        ["/usr/bin/nsenter", "--net=\(directory)/\(name)", "/bin/busybox"] + arguments
    }

    /// Serves a page that holds `text` on a port of a sandbox until the host goes.
    func serve(_ text: String, port: Int, in name: String) async throws {
        let folder = directory + "/www.\(name)"
        try Directory.make(folder)
        try File.write(folder + "/index.html", Array((text + "\n").utf8))
        try start(["httpd", "-f", "-p", "\(port)", "-h", folder], in: name)
        for _ in 0..<100 {
            if (try? shell("netstat -ltn | grep -q ':\(port) '", in: name)) != nil { return }
            try await effects.time.sleep(for: .milliseconds(20))
        }
        throw Failure(description: "httpd in \(name) does not listen")
    }

    /// Proves that an address answers; a machine under load may need a second packet.
    func ping(_ target: IPv4Address, in name: String) throws {
        try shell("ping -c 1 -W 3 \(target) || ping -c 1 -W 5 \(target)", in: name)
    }

    /// Fetches a page from inside a namespace, waiting at most two seconds.
    func fetch(_ url: String, in name: String) throws -> String {
        try shell("curl -sS -m 2 \(url)", in: name).split(separator: "\n").joined()
    }
}
