import SystemLinux
import Testing

@testable import SystemLinux

@Suite struct SeccompTests {
    private static let docker = CapabilitySet(
        [
            .chown, .dacOverride, .fsetid, .fowner, .mknod, .netRaw, .setgid, .setuid, .setfcap, .setpcap,
            .netBindService,
            .sysChroot, .kill, .auditWrite,
        ]
    )

    private func allowed(_ capabilities: CapabilitySet) -> Set<String> {
        Set(
            SeccompProfile.standard(capabilities).rules.filter { $0.action == .allow && $0.conditions.isEmpty }.flatMap(
                \.names))
    }

    @Test func theTableRefusesWhatDockerRefuses() {
        let names = allowed(Self.docker)
        let refused = [
            "uselib", "ustat", "sysfs", "pivot_root", "_sysctl", "swapon", "swapoff", "kexec_load", "kexec_file_load",
            "add_key", "request_key", "keyctl", "migrate_pages", "move_pages", "userfaultfd", "io_uring_setup",
            "io_uring_enter", "io_uring_register", "nfsservctl", "bpf", "clone", "clone3", "mount", "umount2",
            "unshare",
            "setns", "reboot", "init_module", "open_by_handle_at", "personality", "socket", "settimeofday", "iopl",
            "perf_event_open", "syslog", "acct", "kcmp", "vhangup", "mbind", "fsopen", "open_tree", "move_mount",
        ]
        for name in refused { #expect(!names.contains(name), "\(name)") }
        for name in [
            "read", "execve", "futex", "ptrace", "process_vm_readv", "chroot", "openat2", "close_range", "socketcall",
        ] {
            #expect(names.contains(name), "\(name)")
        }
    }

    @Test func capabilitiesBringTheirCalls() {
        let names = allowed(CapabilitySet(Capability.allCases))
        for name in ["mount", "clone3", "bpf", "reboot", "init_module", "syslog", "setns", "kcmp"] {
            #expect(names.contains(name), "\(name)")
        }
        #expect(!names.contains("add_key"))
    }

    @Test func theTableIsSortedAndFreeOfDoubles() {
        let names = SeccompTable.allowed.split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(names == names.sorted())
        #expect(Set(names).count == names.count)
        #expect(names.count > 350)
    }

    @Test func programsAreCompiledOnceAndInterpretable() throws {
        let program = try SeccompFilter.program(for: .standard(Self.docker))
        #expect(program.count % 8 == 0)
        // BPF_MAXINSNS of the kernel.
        #expect(program.count / 8 < 4096)
        let again = try SeccompFilter.program(for: .standard(Self.docker))
        #expect(again == program)
    }

    /// Interprets the program as the kernel does (classic BPF over struct seccomp_data).
    private func verdict(_ program: [UInt8], _ number: UInt32, _ arguments: [UInt64] = []) -> UInt32 {
        func load(_ offset: Int) -> UInt32 {
            switch offset {
            case 0: return number
            case 4: return 0xc000_003e  // AUDIT_ARCH_X86_64
            default:
                let index = (offset - 16) / 8
                guard index >= 0, index < arguments.count else { return 0 }
                return UInt32(truncatingIfNeeded: arguments[index] >> ((offset - 16) % 8 == 4 ? 32 : 0))
            }
        }
        var (accumulator, counter): (UInt32, Int) = (0, 0)
        while true {
            let at = counter * 8
            let code = UInt16(program[at]) | UInt16(program[at + 1]) << 8
            let (ifTrue, ifFalse) = (Int(program[at + 2]), Int(program[at + 3]))
            let value = (0..<4).reduce(UInt32(0)) { $0 | UInt32(program[at + 4 + $1]) << UInt32(8 * $1) }
            counter += 1
            switch code {
            case 0x20: accumulator = load(Int(value))
            case 0x15: counter += accumulator == value ? ifTrue : ifFalse
            case 0x25: counter += accumulator > value ? ifTrue : ifFalse
            case 0x35: counter += accumulator >= value ? ifTrue : ifFalse
            case 0x45: counter += accumulator & value != 0 ? ifTrue : ifFalse
            case 0x05: counter += Int(value)
            case 0x54: accumulator &= value
            case 0x06: return value
            default:
                Issue.record("instruction \(String(code, radix: 16)) is not understood")
                return 0
            }
        }
    }

    #if arch(x86_64)
        @Test func theProgramDecidesAsThePolicySays() throws {
            let program = try SeccompFilter.program(for: .standard(Self.docker))
            let (allow, denied, unknown): (UInt32, UInt32, UInt32) = (0x7fff_0000, 0x0005_0001, 0x0005_0026)
            #expect(verdict(program, 0) == allow)  // read
            #expect(verdict(program, 165) == denied)  // mount
            #expect(verdict(program, 272) == denied)  // unshare
            #expect(verdict(program, 435) == unknown)  // clone3
            #expect(verdict(program, 600) == unknown)  // newer than the policy
            #expect(verdict(program, 41, [2, 1, 0]) == allow)  // socket AF_INET
            #expect(verdict(program, 41, [38, 5, 0]) == denied)  // AF_ALG
            #expect(verdict(program, 41, [39, 5, 0]) == allow)
            #expect(verdict(program, 41, [40, 1, 0]) == denied)  // AF_VSOCK
            #expect(verdict(program, 56, [0x1200011]) == allow)  // clone as fork
            #expect(verdict(program, 56, [0x1000_0011]) == denied)  // clone with a user namespace
            #expect(verdict(program, 135, [0xffff_ffff]) == allow)  // personality query
            #expect(verdict(program, 135, [0x0040_0000]) == denied)  // ADDR_NO_RANDOMIZE
        }
    #endif

    @Test func capabilityNamesComeAndGo() {
        #expect(Capability(name: "cap_net_admin") == .netAdmin)
        #expect(Capability(name: "NET_ADMIN") == .netAdmin)
        #expect(Capability(name: "CAP_NONSENSE") == nil)
        #expect(Capability.checkpointRestore.name == "CAP_CHECKPOINT_RESTORE")
        #expect(Self.docker.rawValue == 0xa804_25fb)
        #expect(CapabilitySet([.kill]).names == ["CAP_KILL"])
    }
}
