import SystemLinux
import Testing

@testable import SystemLinux

@Suite struct CgroupTests {
    private static let hybrid = """
        24 1 0:21 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
        25 1 0:22 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
        26 1 0:23 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
        27 1 0:24 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate
        28 1 0:25 / /a\\040b rw - tmpfs tmpfs rw
        """

    @Test func mountTablesTellTheArrangement() {
        let hybrid = CgroupHierarchies(mountInfo: Self.hybrid)
        #expect(hybrid.mode == .hybrid)
        #expect(hybrid.unified == "/sys/fs/cgroup/unified")
        #expect(hybrid.legacy["cpu"] == "/sys/fs/cgroup/cpu,cpuacct")
        #expect(hybrid.legacy["cpuacct"] == "/sys/fs/cgroup/cpu,cpuacct")
        #expect(hybrid.legacy["name=systemd"] == "/sys/fs/cgroup/systemd")
        #expect(hybrid.legacy["rw"] == nil)
        let unified = CgroupHierarchies(mountInfo: "27 1 0:24 / /sys/fs/my\\040cgroup rw - cgroup2 cgroup2 rw\n")
        #expect(unified.mode == .unified)
        #expect(unified.unified == "/sys/fs/my cgroup")
        #expect(CgroupHierarchies(mountInfo: "").mode == .none)
    }

    /// A unified tree of plain files, as far as limits are concerned.
    private func withUnified(_ body: (CgroupDriver, String) throws -> Void) throws {
        try Scratch.with { base in
            try File.write("\(base)/cgroup.controllers", Array("cpu memory io pids\n".utf8))
            try File.write("\(base)/cgroup.subtree_control", [])
            try body(CgroupDriver(hierarchies: CgroupHierarchies(unified: base)), base)
        }
    }

    @Test func limitsBecomeTheFilesOfTheUnifiedTree() throws {
        try withUnified { driver, base in
            let group = try driver.create("/a/b")
            let directory = "\(base)/a/b"
            for file in [
                "memory.max", "memory.swap.max", "memory.low", "cpu.weight", "cpu.max", "pids.max", "io.weight",
                "io.max", "custom",
            ] {
                try File.write("\(directory)/\(file)", [])
            }
            var limits = CgroupLimits()
            limits.memoryBytes = 1000
            limits.memoryAndSwapBytes = 3000
            limits.memoryReservationBytes = 500
            limits.cpuShares = 1024
            limits.cpuQuotaMicroseconds = 50_000
            limits.pids = -1
            limits.blockWeight = 1000
            limits.readBytesPerSecond = [.init(major: 8, minor: 0, value: 9)]
            limits.unified = ["custom": "value"]
            let missing = try group.apply(limits)
            #expect(missing.isEmpty)
            let expected = [
                "memory.max": "1000", "memory.swap.max": "2000", "memory.low": "500", "cpu.weight": "100",
                "cpu.max": "50000 100000", "pids.max": "max", "io.weight": "default 10000", "io.max": "8:0 rbps=9",
                "custom": "value",
            ]
            for (file, value) in expected {
                let text = try File.readText("\(directory)/\(file)")
                #expect(text == value, "\(file)")
            }
            let enabled = try File.readText("\(base)/cgroup.subtree_control")
            // Each write of the kernel file stands alone; in a plain file the last one is in front.
            #expect(enabled.hasPrefix("+pids"))
        }
    }

    @Test func whatAHostCannotLimitIsNamed() throws {
        try withUnified { driver, _ in
            let group = try driver.create("/a")
            var limits = CgroupLimits()
            limits.pids = 5
            limits.swappiness = 10
            let missing = try group.apply(limits)
            #expect(missing == ["memory.swappiness", "pids.max"])
        }
    }

    @Test func legacyControllersWithoutATreeAreNamed() throws {
        try Scratch.with { base in
            let driver = CgroupDriver(
                hierarchies: CgroupHierarchies(unified: nil, legacy: ["memory": "\(base)/memory"]))
            let group = try driver.create("/x/y")
            for file in ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"] {
                try File.write("\(base)/memory/x/y/\(file)", [])
            }
            var limits = CgroupLimits()
            limits.memoryBytes = 7
            limits.memoryAndSwapBytes = -1
            limits.cpuShares = 2
            let missing = try group.apply(limits)
            #expect(missing == ["cpu"])
            let memory = try File.readText("\(base)/memory/x/y/memory.limit_in_bytes")
            #expect(memory == "7")
        }
    }

    @Test func weightsFollowTheCurveOfRunc() {
        let pairs: [(UInt64, UInt64)] = [(2, 1), (102, 17), (512, 59), (1024, 100), (2048, 174), (262_144, 10_000)]
        for (shares, weight) in pairs { #expect(CgroupLimits.weight(forShares: shares) == weight) }
        #expect(CgroupLimits.ioWeight(forBlockWeight: 10) == 1)
        #expect(CgroupLimits.ioWeight(forBlockWeight: 1000) == 10_000)
    }

    @Test func statisticsComeFromWhateverFilesThereAre() throws {
        try withUnified { driver, base in
            let group = try driver.create("/s")
            let files = [
                "cpu.stat": "usage_usec 12\nuser_usec 7\nsystem_usec 5\n", "memory.current": "4096\n",
                "memory.max": "max\n", "memory.stat": "anon 1\ninactive_file 1024\n", "pids.current": "3\n",
                "pids.max": "9\n", "io.stat": "8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=1 wbytes=2\n",
                "memory.events": "low 0\noom_kill 2\n",
            ]
            for (file, text) in files { try File.write("\(base)/s/\(file)", Array(text.utf8)) }
            let statistics = group.statistics()
            #expect(statistics.cpuNanoseconds == 12_000)
            #expect(statistics.memoryBytes == 4096)
            #expect(statistics.memoryLimitBytes == nil)
            #expect(statistics.memoryInactiveFileBytes == 1024)
            #expect(statistics.pids == 3 && statistics.pidsLimit == 9)
            #expect(statistics.blockReadBytes == 11 && statistics.blockWriteBytes == 22)
            #expect(group.outOfMemoryKills() == 2)
        }
    }

    @Test func devicePoliciesBecomePrograms() {
        let allowNull = DeviceProgram.assemble([
            .init(allow: false), .init(allow: true, type: "c", major: 1, minor: 3, access: "rw"),
        ])
        // Six instructions load the context; type, access (3), major, minor tests; decision; the final rule's decision.
        #expect(allowNull.count == 6 + 6 + 2 + 2)
        #expect(allowNull.last == 0x95)
        let all = DeviceProgram.assemble([.init(allow: true)])
        #expect(all.count == 8)
        #expect(LegacyControls.deviceText(.init(allow: true, type: "c", major: 1, access: "rw")) == "c 1:* rw")
        #expect(LegacyControls.deviceText(.init(allow: false)) == "a")
    }
}

@Suite(.serialized, .enabled(if: Scratch.isPrivileged, "needs root"))
struct CgroupSerialTests {
    @Test func groupsOfThisHostAreMadeLimitedAndRemoved() throws {
        let driver = try CgroupDriver()
        let group = try driver.create("/skiff-cgroup-test/inner")
        var limits = CgroupLimits()
        limits.pids = 7
        let missing = try group.apply(limits)
        #expect(missing.isEmpty)
        #expect(group.statistics().pidsLimit == 7)
        let processes = try group.processes()
        #expect(processes.isEmpty)
        try group.setFrozen(true)
        let frozen = try group.isFrozen()
        #expect(frozen)
        try group.setFrozen(false)
        try group.killAll()
        try driver.group("/skiff-cgroup-test").remove()
        #expect(!group.exists)
    }

    @Test func theKernelTakesDevicePrograms() throws {
        let driver = try CgroupDriver()
        guard driver.hierarchies.unified != nil else { return }
        let unified = CgroupDriver(hierarchies: CgroupHierarchies(unified: driver.hierarchies.unified))
        let group = try unified.create("/skiff-device-test")
        var limits = CgroupLimits()
        limits.devices = [
            .init(allow: false), .init(allow: true, type: "c", access: "m"), .init(allow: true, type: "b", access: "m"),
            .init(allow: true, type: "c", major: 1, minor: 3), .init(allow: true, type: "c", major: 136),
            .init(allow: false, type: "c", major: 10, minor: 229),
        ]
        // Twice: the older program is taken off again.
        for _ in 0..<2 {
            let missing = try group.apply(limits)
            #expect(missing.isEmpty)
        }
        try group.remove()
        #expect(!group.exists)
    }
}
