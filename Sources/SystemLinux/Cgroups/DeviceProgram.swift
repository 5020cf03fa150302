import CLinux
import Glibc

/// A device policy as an eBPF program for cgroup v2: the last rule that matches an access decides; none denies.
enum DeviceProgram {
    /// Puts the policy on the cgroup at `directory`, then takes older ones off, so that no access slips between.
    static func install(_ rules: [CgroupLimits.Device], at directory: String) throws(LinuxError) {
        let cgroup = try File.open(directory, .directory)
        let instructions = assemble(rules)
        let program = OwnedFD(
            try outcome(skiff_bpf_load_device_program(instructions, instructions.count))
                .orThrow("bpf BPF_PROG_LOAD", directory)
        )
        _ = try outcome(skiff_bpf_attach_device_program(cgroup.raw, program.raw))
            .orThrow("bpf BPF_PROG_ATTACH", directory)
        _ = try outcome(skiff_bpf_detach_device_programs(cgroup.raw, program.raw))
            .orThrow("bpf BPF_PROG_DETACH", directory)
    }

    /// The instructions. Context (struct bpf_cgroup_dev_ctx): access << 16 | type, major, minor.
    static func assemble(_ rules: [CgroupLimits.Device]) -> [UInt64] {
        var code: [UInt64] = [
            instruction(0x61, destination: 2, source: 1, offset: 0),  // r2 = access and type
            instruction(0xbf, destination: 3, source: 2),  // r3 = r2
            instruction(0x54, destination: 2, immediate: 0xffff),  // r2 = type
            instruction(0x74, destination: 3, immediate: 16),  // r3 = access
            instruction(0x61, destination: 4, source: 1, offset: 4),  // r4 = major
            instruction(0x61, destination: 5, source: 1, offset: 8),  // r5 = minor
        ]
        // Last rule wins: ask them from the last to the first, and stop at a rule that matches everything.
        for rule in rules.reversed() {
            code += block(rule)
            if rule.type == "a" || matchesAll(rule) { return code }
        }
        return code + [instruction(0xb7, destination: 0, immediate: 0), exit]
    }

    private static func matchesAll(_ rule: CgroupLimits.Device) -> Bool {
        rule.type == "a" && rule.major == nil && rule.minor == nil
    }

    /// One rule: each test jumps behind the block when it fails.
    private static func block(_ rule: CgroupLimits.Device) -> [UInt64] {
        // Each test takes one or more instructions; the jump distance is known once all are there.
        enum Piece {
            case plain(UInt64)
            case skipUnlessEqual(register: UInt8, value: Int32)
            case skipUnlessSame(register: UInt8, other: UInt8)
        }
        var pieces: [Piece] = []
        if rule.type != "a" {
            pieces.append(.skipUnlessEqual(register: 2, value: rule.type == "b" ? 1 : 2))
            let access = rule.access.reduce(Int32(0)) { $0 | (["m": 1, "r": 2, "w": 4][$1] ?? 0) }
            if access != 7 {
                // Every wanted access bit must be granted: r1 = r3 & mask; r1 == r3.
                pieces.append(.plain(instruction(0xbc, destination: 1, source: 3)))
                pieces.append(.plain(instruction(0x54, destination: 1, immediate: access)))
                pieces.append(.skipUnlessSame(register: 1, other: 3))
            }
            if let major = rule.major { pieces.append(.skipUnlessEqual(register: 4, value: Int32(clamping: major))) }
            if let minor = rule.minor { pieces.append(.skipUnlessEqual(register: 5, value: Int32(clamping: minor))) }
        }
        let decision = [instruction(0xb7, destination: 0, immediate: rule.allow ? 1 : 0), exit]
        let tests = pieces.enumerated().map { index, piece in
            let distance = Int16(pieces.count - index - 1 + decision.count)
            return switch piece {
            case .plain(let code): code
            case .skipUnlessEqual(let register, let value):
                instruction(0x55, destination: register, offset: distance, immediate: value)
            case .skipUnlessSame(let register, let other):
                instruction(0x5d, destination: register, source: other, offset: distance)
            }
        }
        return tests + decision
    }

    private static let exit = instruction(0x95)

    /// struct bpf_insn: opcode, registers, offset, immediate.
    private static func instruction(
        _ opcode: UInt8, destination: UInt8 = 0, source: UInt8 = 0, offset: Int16 = 0, immediate: Int32 = 0
    ) -> UInt64 {
        UInt64(opcode) | UInt64(destination | source << 4) << 8 | UInt64(UInt16(bitPattern: offset)) << 16
            | UInt64(UInt32(bitPattern: immediate)) << 32
    }
}
