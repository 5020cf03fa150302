import CLinux
import Glibc

/// One control group: the same path in every tree of the host. All calls block for the kernel only; failures name the
/// control file.
public struct Cgroup: Sendable, Hashable {
    /// Path below the mount points, such as `/skiff/default/3f2a`.
    public let path: String
    /// The trees it lives in.
    public let hierarchies: CgroupHierarchies

    init(path: String, hierarchies: CgroupHierarchies) {
        // Without the slash the group would be made beside the mount point, under a name such as `cpuskiff`.
        self.path = path.hasPrefix("/") ? path : "/" + path
        self.hierarchies = hierarchies
    }

    /// Its directory in the unified tree; nil without one.
    public var unifiedDirectory: String? { hierarchies.unified.map { $0 + path } }

    /// Its directories by v1 controller.
    public var legacyDirectories: [String: String] { hierarchies.legacy.mapValues { $0 + path } }

    /// Every directory once: several v1 controllers may share a mount.
    public var directories: [String] {
        Set(legacyDirectories.values).sorted() + (unifiedDirectory.map { [$0] } ?? [])
    }

    /// Whether any of its directories exists.
    public var exists: Bool { directories.contains(where: File.exists) }

    /// Moves a process in.
    public func add(_ pid: Int32) throws(LinuxError) {
        for directory in directories { try File.writeControl("\(directory)/cgroup.procs", "\(pid)") }
    }

    /// The processes in it and in groups below it, as pids of the caller's pid namespace.
    public func processes() throws(LinuxError) -> [Int32] {
        var found: Set<Int32> = []
        for directory in directories.prefix(1) { try Self.collect(directory, &found) }
        return found.sorted()
    }

    private static func collect(_ directory: String, _ found: inout Set<Int32>) throws(LinuxError) {
        let text: String
        do {
            text = try File.readText("\(directory)/cgroup.procs")
        } catch  where error.errno == .noEntry || error.errno == Errno(ENODEV) {
            return
        }
        for line in text.split(separator: "\n") { if let pid = Int32(line) { found.insert(pid) } }
        for entry in (try? Directory.entries(directory)) ?? [] where entry.kind == .directory {
            try collect("\(directory)/\(entry.name)", &found)
        }
    }

    /// Stops every process in it, or lets them go on. Returns when the kernel says so, at most 2 seconds later; then
    /// `busy` is thrown (a process in the middle of a slow system call).
    public func setFrozen(_ frozen: Bool) throws(LinuxError) {
        if let freezer = legacyDirectories["freezer"] {
            try File.writeControl("\(freezer)/freezer.state", frozen ? "FROZEN" : "THAWED")
        } else if let unified = unifiedDirectory {
            try File.writeControl("\(unified)/cgroup.freeze", frozen ? "1" : "0")
        } else {
            throw missing("freezer")
        }
        for _ in 0..<Self.freezeAttempts {
            if try isFrozen() == frozen { return }
            // v1 gives up on a group that forks meanwhile: say it again.
            if let freezer = legacyDirectories["freezer"], frozen {
                try File.writeControl("\(freezer)/freezer.state", "FROZEN")
            }
            Self.pause()
        }
        throw LinuxError(
            code: .busy, call: frozen ? "freeze" : "thaw", argument: path, detail: "did not finish in 2 seconds")
    }

    /// Whether every process in it is stopped.
    public func isFrozen() throws(LinuxError) -> Bool {
        if let freezer = legacyDirectories["freezer"] {
            return try File.readText("\(freezer)/freezer.state").hasPrefix("FROZEN")
        }
        guard let unified = unifiedDirectory else { throw missing("freezer") }
        return CgroupStatistics.flatKeyed(try File.readText("\(unified)/cgroup.events"))["frozen"] == 1
    }

    /// Ends every process in it with SIGKILL, also those that fork meanwhile.
    public func killAll() throws(LinuxError) {
        if let unified = unifiedDirectory, File.exists("\(unified)/cgroup.kill") {
            try File.writeControl("\(unified)/cgroup.kill", "1")
            // A frozen v1 group dies only once it runs again.
            if legacyDirectories["freezer"] != nil { try? setFrozen(false) }
            return
        }
        for _ in 0..<Self.freezeAttempts {
            let alive = try processes()
            if alive.isEmpty { return }
            for pid in alive { _ = skiff_kill(pid, SIGKILL) }
            try? setFrozen(false)
            Self.pause()
        }
        throw LinuxError(code: .busy, call: "kill", argument: path, detail: "processes did not end in 2 seconds")
    }

    /// How many processes of it the kernel has killed for lack of memory; nil without a memory controller.
    public func outOfMemoryKills() -> UInt64? {
        if let memory = legacyDirectories["memory"] {
            let text = try? File.readText("\(memory)/memory.oom_control")
            return text.flatMap { CgroupStatistics.flatKeyed($0)["oom_kill"] }
        }
        let text = unifiedDirectory.flatMap { try? File.readText("\($0)/memory.events") }
        return text.flatMap { CgroupStatistics.flatKeyed($0)["oom_kill"] }
    }

    /// Removes the group and those below it. Waits up to 2 seconds for the last processes to vanish; `busy` then. A
    /// missing one is fine.
    public func remove() throws(LinuxError) {
        for directory in directories { try Self.removeDirectory(directory) }
    }

    /// Removes the group where nothing is in it; a group that is used, by whomever, stays.
    public func removeIfEmpty() {
        for directory in directories { _ = skiff_unlinkat(AT_FDCWD, directory, AT_REMOVEDIR) }
    }

    private static func removeDirectory(_ directory: String) throws(LinuxError) {
        for attempt in 0..<freezeAttempts {
            switch outcome(skiff_unlinkat(AT_FDCWD, directory, AT_REMOVEDIR)) {
            case .success, .failure(.noEntry): return
            case .failure(.busy), .failure(.notEmpty):
                if attempt == 0 {
                    for entry in (try? Directory.entries(directory)) ?? [] where entry.kind == .directory {
                        try removeDirectory("\(directory)/\(entry.name)")
                    }
                } else {
                    pause()
                }
            case .failure(let errno): throw LinuxError("rmdir", directory, errno)
            }
        }
        throw LinuxError("rmdir", directory, .busy)
    }

    static let freezeAttempts = 400
    private static let pauseMilliseconds: Int32 = 5

    /// The kernel tells no event for these: look again shortly.
    private static func pause() {
        _ = skiff_poll_one(-1, 0, pauseMilliseconds)
    }

    func missing(_ controller: String) -> LinuxError {
        LinuxError(
            code: .unsupported, call: "cgroup", argument: path,
            detail: "the \(controller) controller is not available on this host"
        )
    }
}
