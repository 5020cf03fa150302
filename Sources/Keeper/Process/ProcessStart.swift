import SystemLinux

/// The start time of a process: with its pid it names the process for good.
enum ProcessStart {
    /// Clock ticks since boot (`/proc/PID/stat` field 22); nil when the process is gone.
    static func ticks(of pid: Int32) -> UInt64? {
        guard let text = try? File.readText("/proc/\(pid)/stat") else { return nil }
        // The second field is the program's name in parentheses and may contain anything, also parentheses.
        guard let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        // Field 3 is the first after the name.
        return fields.count > 19 ? UInt64(fields[19]) : nil
    }
}

/// Out-of-memory kills as the control group counts them.
enum OutOfMemory {
    static func kills(_ placement: CgroupPlacement) -> UInt64? {
        if let memory = placement.legacy["memory"] {
            return counter("\(memory)/memory.oom_control")
        }
        return placement.unified.flatMap { counter("\($0)/memory.events") }
    }

    private static func counter(_ path: String) -> UInt64? {
        guard let text = try? File.readText(path) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("oom_kill ") {
            return UInt64(line.dropFirst("oom_kill ".count))
        }
        return nil
    }
}

/// A process's state as the kernel writes it.
enum ProcessState {
    /// `R`, `S`, `Z` … (`/proc/PID/stat` field 3); nil when the process is gone.
    static func letter(of pid: Int32) -> Character? {
        guard let text = try? File.readText("/proc/\(pid)/stat"), let close = text.lastIndex(of: ")") else {
            return nil
        }
        return text[text.index(after: close)...].split(separator: " ").first?.first
    }
}
