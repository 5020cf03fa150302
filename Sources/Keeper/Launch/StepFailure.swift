import SystemLinux

/// A named part of the way from clone to execve.
enum LaunchStep: String, Sendable {
    case clone, cgroup, namespaces, root, mount, devices, terminal, pivot, sysctl, hostname, paths, session, limits
    case streams, identity, seccomp, directory, exec
}

/// A step that failed, as the child tells its keeper.
struct StepFailure: Error {
    let step: LaunchStep
    let message: String
    let errno: Errno

    init(_ step: LaunchStep, _ message: String, _ errno: Errno) {
        self.step = step
        self.message = message
        self.errno = errno
    }

    init(_ step: LaunchStep, _ error: LinuxError) {
        self.init(step, error.message, error.errno)
    }
}

/// Runs a step's calls, naming the step in whatever they throw.
func during<Value>(
    _ step: LaunchStep, _ body: () throws(LinuxError) -> Value
) throws(StepFailure) -> Value {
    do {
        return try body()
    } catch {
        throw StepFailure(step, error)
    }
}
