import OCI

/// Everything the keeper needs to start a further process in a running container.
public struct ExecPlan: Sendable {
    /// The new process's id, unique within the keeper.
    public var id: String
    /// The container it joins: all namespaces and control groups of that container's first process.
    public var container: String
    /// Arguments, environment, user, capabilities, limits.
    public var process: RuntimeSpec.Process
    /// Where input comes from and output goes; logs are for containers only.
    public var stdio: StdioPlan
    /// The system call filter; `fromSpec` means `seccompProfile`.
    public var seccomp: SeccompChoice
    /// The profile for `fromSpec`.
    public var seccompProfile: RuntimeSpec.Seccomp?
    /// Whether the process stops before execve until `start`, so that a client can attach first.
    public var waitsForStart = false
    /// Names of limits that must be met.
    public var requiredRlimits: Set<String> = []

    /// A plan with the standard system call filter.
    public init(
        id: String, container: String, process: RuntimeSpec.Process, stdio: StdioPlan,
        seccomp: SeccompChoice = .standard, seccompProfile: RuntimeSpec.Seccomp? = nil
    ) {
        self.id = id
        self.container = container
        self.process = process
        self.stdio = stdio
        self.seccomp = seccomp
        self.seccompProfile = seccompProfile
    }
}
