import CLinux
import OCI
import SystemLinux
import Testing

@testable import Keeper

@Suite struct LaunchPlanTests {
    private func spec() -> RuntimeSpec {
        var spec = RuntimeSpec(process: RuntimeSpec.Process(args: ["true"], env: ["A=b"], cwd: "/"))
        var linux = RuntimeSpec.Linux()
        linux.namespaces = [.init(.mount), .init(.pid), .init(.uts)]
        spec.linux = linux
        return spec
    }

    private func plan(_ change: (inout RuntimeSpec) -> Void = { _ in }) -> LaunchPlan {
        var spec = spec()
        change(&spec)
        return LaunchPlan(
            id: "a", spec: spec, root: .overlay(lower: ["/l1", "/l2"], upper: "/u", work: "/w"),
            cgroup: CgroupPlacement(unified: "/sys/fs/cgroup/x"), stdio: StdioPlan(.relay), seccomp: .unconfined
        )
    }

    private func refusal(_ change: (inout RuntimeSpec) -> Void) -> KeeperError? {
        do {
            _ = try plan(change).order()
            return nil
        } catch {
            return error
        }
    }

    @Test func anOrderComesBackAsItWas() throws {
        let plan = plan { spec in
            spec.hostname = "h"
            spec.mounts = [
                .init(destination: "/proc", type: "proc", source: "proc", options: ["nosuid"]),
                .init(destination: "/d", type: "bind", source: "/s", options: ["rbind", "ro", "rslave"]),
                .init(destination: "/c", type: "cgroup"),
            ]
            spec.process?.rlimits = [.init(type: "RLIMIT_NOFILE", soft: 1, hard: 2)]
            spec.process?.user = .init(uid: 1, gid: 2, umask: 3, additionalGids: [4])
            spec.linux?.devices = [.init(path: "/dev/fuse", type: "c", major: 10, minor: 229)]
            spec.linux?.sysctl = ["net.ipv4.ip_forward": "1"]
        }
        let order = try plan.order()
        #expect(try LaunchOrder.decode(order.encoded()) == order)
        #expect(order.container?.sysctls == [.init(key: "net/ipv4/ip_forward", value: "1")])
        #expect(order.process.limits == [.init(name: "RLIMIT_NOFILE", resource: 7, soft: 1, hard: 2, required: false)])
    }

    @Test func anOrderOfAnotherVersionIsRefused() throws {
        var bytes = try plan().order().encoded()
        bytes[4] &+= 1
        let failure = #expect(throws: KeeperError.self) { try LaunchOrder.decode(bytes) }
        #expect(failure?.code == .versionMismatch)
    }

    @Test func mountOptionsBecomeBits() throws {
        let bind = try ContainerCompiler.mount(
            .init(
                destination: "/d", type: "none", source: "/s",
                options: ["rbind", "ro", "nosuid", "noatime", "rprivate"])
        )
        #expect(bind.kind == .bind(recursive: true))
        let expected = SKIFF_MOUNT_ATTR_RDONLY | SKIFF_MOUNT_ATTR_NOSUID | SKIFF_MOUNT_ATTR_NOATIME
        #expect(bind.set == expected)
        #expect(bind.clear == SKIFF_MOUNT_ATTR__ATIME)
        #expect(bind.propagation == SKIFF_MS_PRIVATE | SKIFF_MS_REC)
        let tmpfs = try ContainerCompiler.mount(
            .init(
                destination: "/t", type: "tmpfs", source: "tmpfs", options: ["size=1m", "mode=700", "noexec", "exec"])
        )
        #expect(tmpfs.parameters == [.init(key: "size", value: "1m"), .init(key: "mode", value: "700")])
        #expect(tmpfs.set == 0)
        #expect(tmpfs.clear == SKIFF_MOUNT_ATTR_NOEXEC)
    }

    @Test func whatIsNotDoneIsRefusedByName() {
        let refused: [(String, (inout RuntimeSpec) -> Void)] = [
            ("apparmorProfile", { $0.process?.apparmorProfile = "mine" }),
            ("selinuxLabel", { $0.process?.selinuxLabel = "mine" }),
            ("mountLabel", { $0.linux?.mountLabel = "mine" }),
            (
                "startContainer",
                {
                    $0.hooks = .init(); $0.hooks?.startContainer = [.init(path: "/x")]
                }
            ),
            ("time", { $0.linux?.namespaces?.append(.init(.time)) }),
            ("user namespace", { $0.linux?.namespaces?.append(.init(.user, path: "/x")) }),
            ("listed twice", { $0.linux?.namespaces?.append(.init(.pid)) }),
            ("mount namespace", { $0.linux?.namespaces = [.init(.pid)] }),
            ("uidMappings", { $0.linux?.uidMappings = [.init(containerID: 0, hostID: 1, size: 1)] }),
            ("CAP_NONSENSE", { $0.process?.capabilities = .init(bounding: ["CAP_NONSENSE"]) }),
            ("RLIMIT_NONSENSE", { $0.process?.rlimits = [.init(type: "RLIMIT_NONSENSE", soft: 1, hard: 1)] }),
            ("soft limit", { $0.process?.rlimits = [.init(type: "RLIMIT_CPU", soft: 2, hard: 1)] }),
            ("args is empty", { $0.process?.args = [] }),
            ("absolute", { $0.process?.cwd = "here" }),
            ("absolute", { $0.mounts = [.init(destination: "here", type: "tmpfs")] }),
            ("absolute", { $0.mounts = [.init(destination: "/d", type: "bind", source: "there")] }),
            ("idmap", { $0.mounts = [.init(destination: "/d", type: "bind", source: "/s", options: ["idmap"])] }),
            ("sparkle", { $0.mounts = [.init(destination: "/d", type: "bind", source: "/s", options: ["sparkle"])] }),
            ("zero byte", { $0.process?.env = ["A=\u{0}"] }),
            ("sysctl", { $0.linux?.sysctl = ["net/../kernel": "1"] }),
            ("terminal", { $0.process?.terminal = true }),
        ]
        for (word, change) in refused {
            let error = refusal(change)
            #expect(error?.message.contains(word) == true, "\(word): \(String(describing: error))")
        }
        #expect(refusal { _ in } == nil)
    }

    @Test(arguments: ["", "../x", ".hidden", "a/b", "a b", String(repeating: "a", count: 256)])
    func idsThatAreNoFileNamesAreRefused(id: String) {
        #expect(throws: KeeperError.self) { try PlanCompiler.checkID(id) }
    }

    @Test func programsAreLookedForAlongThePathOfTheEnvironment() {
        #expect(ProgramImage.candidates("/bin/x", ["PATH=/a"]) == ["/bin/x"])
        #expect(ProgramImage.candidates("x", ["PATH=/a:/b"]) == ["/a/x", "/b/x"])
        #expect(ProgramImage.candidates("x", ["PATH=/a::"]) == ["/a/x", "./x", "./x"])
        #expect(ProgramImage.candidates("x", []).last == "/bin/x")
    }

    @Test func resourcesBecomeLimits() throws {
        var resources = RuntimeSpec.Resources()
        resources.memory = .init()
        resources.memory?.limit = 1 << 20
        resources.pids = .init(limit: 5)
        resources.devices = [.init(allow: false, access: "rwm"), .init(allow: true, type: "c", major: 1, minor: -1)]
        let limits = try CgroupLimits(oci: resources)
        #expect(limits.memoryBytes == 1 << 20)
        #expect(limits.pids == 5)
        #expect(limits.devices.last == .init(allow: true, type: "c", major: 1, minor: nil))
        resources.devices = [.init(allow: true, type: "x")]
        #expect(throws: KeeperError.self) { try CgroupLimits(oci: resources) }
    }
}
