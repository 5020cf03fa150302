import CLinux
import Glibc
import SystemLinux

/// The last steps before execve, the same for a container's first process and for exec.
struct ProcessChild {
    let setup: ProcessSetup
    let channel: ChildChannel
    let streams: [Int32]?
    let terminal: OwnedFD?
    var usesInit = false
    var waitsForStart = false

    func run() throws(StepFailure) -> Never {
        // Made now: after the filter is installed even a call for memory might be refused.
        let program = ProgramImage(setup)
        try during(.session) { () throws(LinuxError) in try startSession() }
        try during(.limits) { () throws(LinuxError) in try applyLimits() }
        // As the container's root: a working directory that only root may enter is still legal, and a missing one is
        // made, as Docker does.
        try during(.directory) { () throws(LinuxError) in try enterWorkingDirectory() }
        try during(.streams) { () throws(LinuxError) in try connectStreams() }
        // The bounding set first: dropping from it needs CAP_SETPCAP, which the next steps take away.
        let credentials = try during(.identity) { () throws(LinuxError) in
            let credentials = try Credentials(setup)
            try credentials.dropBounding()
            try credentials.become()
            return credentials
        }
        // After the change of user, so the check sees what the program will see; before the filter, which may refuse
        // getcwd (CVE-2024-21626: a directory outside the root must not survive).
        try during(.directory) { () throws(LinuxError) in try checkWorkingDirectory() }
        if waitsForStart { try during(.session) { () throws(LinuxError) in try channel.waitForStart() } }
        // Everything beyond the streams closes with execve, whoever opened it (CVE-2024-21626, CVE-2016-9962).
        try during(.streams) { () throws(LinuxError) in
            _ = try outcome(skiff_close_range(3, .max, UInt32(SKIFF_CLOSE_RANGE_CLOEXEC))).orThrow("close_range")
        }
        // From here on the program may outlive the keeper; the filter may refuse further words to it.
        _ = skiff_set_parent_death_signal(0)
        try during(.session) { () throws(LinuxError) in try channel.announceExecution() }
        try during(.seccomp) { () throws(LinuxError) in try credentials.confine() }
        if usesInit { InitProcess.forkAndReap() }
        _ = skiff_reset_signals()
        if usesInit { try during(.session) { () throws(LinuxError) in try startProgramSession() } }
        throw program.execute()
    }

    /// Its own session, so that no terminal of the keeper can be typed into (TIOCSTI), and its own keyring.
    private func startSession() throws(LinuxError) {
        _ = try outcome(skiff_setsid()).orThrow("setsid")
        if !usesInit, let terminal { try claimTerminal(terminal.raw) }
        switch outcome(skiff_join_session_keyring()) {
        case .success, .failure(.notImplemented): break
        case .failure(let errno): throw LinuxError("keyctl JOIN_SESSION_KEYRING", "", errno)
        }
    }

    /// With `--init` the program, not process 1, leads the terminal's session: job control belongs to it.
    private func startProgramSession() throws(LinuxError) {
        _ = try outcome(skiff_setsid()).orThrow("setsid")
        if terminal != nil { try claimTerminal(0) }
    }

    private func claimTerminal(_ descriptor: Int32) throws(LinuxError) {
        _ = try outcome(skiff_set_controlling_terminal(descriptor)).orThrow("TIOCSCTTY")
    }

    private func applyLimits() throws(LinuxError) {
        if let priority = setup.ioPriority {
            _ = try outcome(skiff_ioprio_set(priority)).orThrow("ioprio_set", "\(priority)")
        }
        for limit in setup.limits { try Self.apply(limit) }
        _ = skiff_umask(setup.umask ?? 0o022)
    }

    /// Without CAP_SYS_RESOURCE a hard limit cannot be raised: then the most that is possible is set, unless the user
    /// asked for this very limit.
    private static func apply(_ limit: LimitSetup) throws(LinuxError) {
        let result = outcome(skiff_setrlimit(limit.resource, limit.soft, limit.hard))
        guard case .failure(.notPermitted) = result, !limit.required else {
            _ = try result.orThrow("setrlimit", limit.name)
            return
        }
        var (soft, hard): (UInt64, UInt64) = (0, 0)
        _ = try outcome(skiff_getrlimit(limit.resource, &soft, &hard)).orThrow("getrlimit", limit.name)
        _ = try outcome(skiff_setrlimit(limit.resource, min(limit.soft, hard), min(limit.hard, hard)))
            .orThrow("setrlimit", limit.name)
    }

    private func enterWorkingDirectory() throws(LinuxError) {
        let path = setup.workingDirectory
        switch outcome(skiff_chdir(path)) {
        case .success: return
        case .failure(.noEntry): break
        case .failure(let errno): throw LinuxError("chdir", path, errno)
        }
        try Directory.make(path)
        _ = try outcome(skiff_chdir(path)).orThrow("chdir", path)
    }

    private func checkWorkingDirectory() throws(LinuxError) {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        _ = try outcome(skiff_getcwd(&buffer, buffer.count)).orThrow("getcwd", setup.workingDirectory)
        // The kernel writes "(unreachable)…" for a place outside the root.
        guard buffer[0] == CChar(bitPattern: UInt8(ascii: "/")) else {
            throw LinuxError(
                code: .invalid, call: "getcwd", argument: setup.workingDirectory,
                detail: "is outside the container's root"
            )
        }
    }

    private func connectStreams() throws(LinuxError) {
        let sources = terminal.map { [$0.raw, $0.raw, $0.raw] } ?? streams ?? []
        for (target, source) in sources.enumerated() {
            _ = try outcome(skiff_dup3(source, Int32(target), 0)).orThrow("dup3", "\(source) to \(target)")
        }
        guard setup.userID != 0 else { return }
        // The program may open /dev/stdout again, which asks for the owner of the pipe or terminal.
        for descriptor in Int32(0)..<3 {
            var status = stat()
            guard skiff_fstat(descriptor, &status) == 0, Self.isOwnStream(status) else { continue }
            switch outcome(skiff_fchownat(descriptor, "", setup.userID, UInt32.max, SKIFF_AT_EMPTY_PATH)) {
            case .success, .failure(.notPermitted), .failure(.invalid), .failure(Errno(EROFS)): continue
            case .failure(let errno): throw LinuxError("fchown", "stream \(descriptor)", errno)
            }
        }
    }

    /// Pipes, sockets and terminals are this process's own; /dev/null and files are shared with others.
    private static func isOwnStream(_ status: stat) -> Bool {
        switch status.st_mode & S_IFMT {
        case S_IFIFO, S_IFSOCK: true
        case S_IFCHR: skiff_device_major(UInt64(status.st_rdev)) != 1
        default: false
        }
    }
}
