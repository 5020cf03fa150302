import OCI
import Testing

@testable import Runtime

@Suite struct SpecPlannerTests {
    private let host = HostFacts(
        cpuCount: 4, cgroupUnified: true, capabilities: ContainerDefaults.allCapabilities,
        thermalThrottlePaths: ["/sys/devices/system/cpu/cpu0/thermal_throttle"]
    )

    private func plan(
        _ change: (inout ContainerRequest) -> Void = { _ in },
        facts shape: (inout SpecPlanner.Facts) -> Void = { _ in }
    ) throws -> RuntimeSpec {
        var request = ContainerRequest(image: "x")
        request.command = ["sh"]
        change(&request)
        var facts = SpecPlanner.Facts(
            id: "abc", hostname: "box", identity: ProcessIdentity(uid: 0, gid: 0, additionalGids: [], home: "/root"),
            cgroupPath: "/skiff/default/abc", host: host
        )
        shape(&facts)
        return try SpecPlanner(request: request, facts: facts).spec()
    }

    @Test func theDefaultsAreDockers() throws {
        let spec = try plan()
        let process = try #require(spec.process)
        #expect(process.capabilities?.bounding?.count == 14)
        #expect(process.capabilities?.inheritable == nil)
        #expect(process.capabilities?.ambient == nil)
        #expect(process.env == ["PATH=\(ContainerDefaults.path)", "HOSTNAME=box", "HOME=/root"])
        #expect(process.cwd == "/")
        #expect(spec.linux?.maskedPaths?.contains("/proc/kcore") == true)
        #expect(spec.linux?.maskedPaths?.contains("/sys/devices/system/cpu/cpu0/thermal_throttle") == true)
        #expect(spec.linux?.readonlyPaths?.contains("/proc/sys") == true)
        let kinds = spec.linux?.namespaces?.map(\.type)
        #expect(kinds == [.mount, .network, .uts, .pid, .ipc])
        #expect(
            spec.mounts?.map(\.destination) == [
                "/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/dev/shm",
            ])
        #expect(spec.mounts?.first { $0.destination == "/sys" }?.options?.contains("ro") == true)
        #expect(spec.linux?.resources?.devices?.first == RuntimeSpec.DeviceRule(allow: false, access: "rwm"))
    }

    @Test func privilegedLiftsEverything() throws {
        let spec = try plan { $0.host.privileged = true }
        #expect(spec.process?.capabilities?.bounding == ContainerDefaults.allCapabilities)
        #expect(spec.linux?.maskedPaths == nil)
        #expect(spec.linux?.readonlyPaths == nil)
        #expect(spec.linux?.resources?.devices == [RuntimeSpec.DeviceRule(allow: true, access: "rwm")])
        #expect(spec.mounts?.first { $0.destination == "/sys" }?.options?.contains("rw") == true)
    }

    @Test func theUsersVariablesWinAndABareNameRemoves() throws {
        let spec = try plan { $0.environment = ["PATH=/mine", "HOME", "A=1"] }
        #expect(spec.process?.env == ["HOSTNAME=box", "PATH=/mine", "A=1"])
    }

    @Test func aTerminalGetsTermAndItsSize() throws {
        let spec = try plan { request in
            request.tty = true
            request.host.consoleSize = ConsoleSize(rows: 24, columns: 80)
        }
        #expect(spec.process?.terminal == true)
        #expect(spec.process?.consoleSize == RuntimeSpec.ConsoleSize(height: 24, width: 80))
        #expect(spec.process?.env?.contains("TERM=xterm") == true)
    }

    @Test func ownNetworkGetsTheFriendlySysctlsAndASharedOneDoesNot() throws {
        #expect(try plan(facts: { $0.ownsNetwork = true }).linux?.sysctl == ContainerDefaults.networkSysctls)
        #expect(try plan(facts: { $0.namespaces.network = .host }).linux?.sysctl == nil)
    }

    @Test func aSysctlOfTheHostIsRefused() throws {
        let shared = #expect(throws: RuntimeError.self) {
            try plan({ $0.host.sysctls = ["net.ipv4.ip_forward": "1"] }, facts: { $0.namespaces.network = .host })
        }
        #expect(shared?.message.contains("net.ipv4.ip_forward") == true)
        #expect(throws: RuntimeError.self) { try plan { $0.host.sysctls = ["kernel.panic": "1"] } }
    }

    @Test func namespacesAreJoinedByPathAndTheHostnameIsLeftAlone() throws {
        let spec = try plan(facts: { facts in
            facts.namespaces.network = .path("/run/ns/net")
            facts.namespaces.uts = .path("/run/ns/uts")
        })
        let network = spec.linux?.namespaces?.first { $0.type == .network }
        #expect(network?.path == "/run/ns/net")
        #expect(spec.hostname == nil)
    }

    @Test func mountsOfTheRequestReplaceDefaultsAndFiles() throws {
        let shm = MountRequest(kind: .tmpfs, target: "/dev/shm")
        let hosts = MountRequest(kind: .bind, source: "/h", target: "/etc/hosts", readOnly: true)
        let spec = try plan(facts: { facts in
            facts.mounts = [(shm, ""), (hosts, "/h")]
            facts.files = [("/etc/hosts", "/own"), ("/etc/resolv.conf", "/resolv")]
        })
        let mounts = spec.mounts ?? []
        #expect(mounts.filter { $0.destination == "/dev/shm" }.map(\.source) == ["tmpfs"])
        #expect(mounts.filter { $0.destination == "/etc/hosts" }.map(\.source) == ["/h"])
        #expect(mounts.contains { $0.destination == "/etc/resolv.conf" && $0.source == "/resolv" })
    }

    @Test func limitsAreTranslated() throws {
        let spec = try plan { request in
            request.host.resources.memoryBytes = 64 << 20
            request.host.resources.nanoCPUs = 1_500_000_000
            request.host.resources.pidsLimit = 50
            request.host.resources.ulimits = [UlimitRequest(name: "nofile", soft: 1024, hard: -1)]
        }
        let resources = try #require(spec.linux?.resources)
        #expect(resources.memory?.limit == 64 << 20)
        #expect(resources.memory?.swap == 128 << 20)
        #expect(resources.cpu?.quota == 150_000)
        #expect(resources.cpu?.period == 100_000)
        #expect(resources.pids?.limit == 50)
        #expect(spec.process?.rlimits == [RuntimeSpec.Rlimit(type: "RLIMIT_NOFILE", soft: 1024, hard: .max)])
    }

    @Test(
        arguments: [
            ([], ["CHOWN"], 13), (["NET_ADMIN"], [], 15), (["ALL"], [], 41), ([], ["ALL"], 0),
            (["CAP_CHOWN"], ["ALL"], 1),
            (["ALL"], ["NET_RAW"], 40),
        ] as [([String], [String], Int)])
    func capabilitiesAreAddedAndDropped(add: [String], drop: [String], count: Int) throws {
        let names = try CapabilityPlan.capabilities(
            add: add, drop: drop, privileged: false, available: ContainerDefaults.allCapabilities)
        #expect(names.count == count)
    }

    @Test func unknownAndUnavailableCapabilitiesAreRefused() {
        #expect(throws: RuntimeError.self) {
            try CapabilityPlan.capabilities(add: ["FLY"], drop: [], privileged: false, available: [])
        }
        let error = #expect(throws: RuntimeError.self) {
            try CapabilityPlan.capabilities(add: ["SYS_TIME"], drop: [], privileged: false, available: ["CAP_CHOWN"])
        }
        #expect(error?.code == .unsupported)
    }
}
