import CLinux
import Glibc
import SystemLinux

/// Process 1 of a container with `--init`: starts the program, passes signals on to it, reaps orphans, and ends as
/// the program ends.
enum InitProcess {
    /// Returns in the program's process; process 1 never does.
    static func forkAndReap() {
        // Before the fork: no signal may arrive between it and the loop.
        _ = skiff_block_all_signals()
        let pid = skiff_fork()
        if pid == 0 { return }
        if pid < 0 { skiff_exit_now(ChildChannel.failedCode) }
        // The channel to the keeper must close here too, or execve could never be told from waiting.
        _ = skiff_close_range(0, .max, 0)
        _ = skiff_set_name("skiff-init")
        reap(untilEnded: pid)
    }

    private static func reap(untilEnded main: Int32) -> Never {
        while true {
            let signal = skiff_wait_any_signal()
            if signal != SIGCHLD {
                // ESRCH: it ended in this moment, and SIGCHLD is on its way.
                if signal > 0 { _ = skiff_kill(main, signal) }
                continue
            }
            var status: Int32 = 0
            while true {
                let ended = skiff_reap_any(&status)
                if ended <= 0 { break }
                if ended == main { skiff_exit_now(WaitStatus(status).code) }
            }
        }
    }
}

/// A status of wait(2) in the shell's terms.
struct WaitStatus: Sendable, Hashable {
    /// The status as the kernel gave it.
    let raw: Int32

    init(_ raw: Int32) {
        self.raw = raw
    }

    /// The signal that ended the process; nil when it exited by itself.
    var signal: Int32? { raw & 0x7f == 0 ? nil : raw & 0x7f }

    /// 0 to 255: the exit code, or 128 plus the signal.
    var code: Int32 { signal.map { 128 + $0 } ?? (raw >> 8) & 0xff }
}
