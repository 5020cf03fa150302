extension ImageConfig {
    /// How containers of the image run: the `config` object (OCI image-spec, config.md; Docker's additions).
    public struct Execution: Hashable, Sendable {
        /// `user[:group]`, names or numbers.
        public var user: String?
        /// Ports the image serves, as `8000/tcp`.
        public var exposedPorts: ObjectSet?
        /// Environment as `NAME=value`, in order.
        public var env: [String]?
        /// The fixed front of the command line.
        public var entrypoint: [String]?
        /// The default command, or the arguments of the entry point.
        public var cmd: [String]?
        /// Paths that hold volatile data.
        public var volumes: ObjectSet?
        /// Working directory, absolute.
        public var workingDir: String?
        /// Free-form metadata.
        public var labels: [String: String]?
        /// Signal that asks the process to stop, as `SIGTERM` or a number.
        public var stopSignal: String?
        /// Seconds between the stop signal and SIGKILL.
        public var stopTimeoutSeconds: Int?
        /// How to find out whether the container works.
        public var healthcheck: Healthcheck?
        /// Instructions that run when a build starts from this image.
        public var onBuild: [String]?
        /// The shell of the builder's shell forms.
        public var shell: [String]?
        /// Whether the arguments are already escaped (Windows).
        public var argsEscaped: Bool?

        /// Makes an empty description; set what is needed.
        public init() {}
    }

    /// A health check as Docker writes it; durations are nanoseconds.
    public struct Healthcheck: Hashable, Sendable, Codable {
        /// `["NONE"]`, `["CMD", arg…]` or `["CMD-SHELL", command]`; empty inherits.
        public var test: [String]?
        /// Nanoseconds between two probes.
        public var interval: Int64?
        /// Nanoseconds a probe may take.
        public var timeout: Int64?
        /// Nanoseconds in which failures do not count.
        public var startPeriod: Int64?
        /// Nanoseconds between two probes within the start period.
        public var startInterval: Int64?
        /// Consecutive failures that make it unhealthy.
        public var retries: Int?

        enum CodingKeys: String, CodingKey {
            case test = "Test"
            case interval = "Interval"
            case timeout = "Timeout"
            case startPeriod = "StartPeriod"
            case startInterval = "StartInterval"
            case retries = "Retries"
        }

        /// Makes a health check.
        public init(
            test: [String]?, interval: Int64? = nil, timeout: Int64? = nil, startPeriod: Int64? = nil,
            startInterval: Int64? = nil, retries: Int? = nil
        ) {
            self.test = test
            self.interval = interval
            self.timeout = timeout
            self.startPeriod = startPeriod
            self.startInterval = startInterval
            self.retries = retries
        }
    }
}

extension ImageConfig.Execution: Codable {
    enum CodingKeys: String, CodingKey {
        case user = "User"
        case exposedPorts = "ExposedPorts"
        case env = "Env"
        case entrypoint = "Entrypoint"
        case cmd = "Cmd"
        case volumes = "Volumes"
        case workingDir = "WorkingDir"
        case labels = "Labels"
        case stopSignal = "StopSignal"
        case stopTimeoutSeconds = "StopTimeout"
        case healthcheck = "Healthcheck"
        case onBuild = "OnBuild"
        case shell = "Shell"
        case argsEscaped = "ArgsEscaped"
    }

    /// Writes the fields in the specification's order.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(user, forKey: .user)
        try container.encodeIfPresent(exposedPorts, forKey: .exposedPorts)
        try container.encodeIfPresent(env, forKey: .env)
        try container.encodeIfPresent(entrypoint, forKey: .entrypoint)
        try container.encodeIfPresent(cmd, forKey: .cmd)
        try container.encodeIfPresent(volumes, forKey: .volumes)
        try container.encodeIfPresent(workingDir, forKey: .workingDir)
        try container.encodeSorted(labels, forKey: .labels)
        try container.encodeIfPresent(stopSignal, forKey: .stopSignal)
        try container.encodeIfPresent(stopTimeoutSeconds, forKey: .stopTimeoutSeconds)
        try container.encodeIfPresent(healthcheck, forKey: .healthcheck)
        try container.encodeIfPresent(onBuild, forKey: .onBuild)
        try container.encodeIfPresent(shell, forKey: .shell)
        try container.encodeIfPresent(argsEscaped, forKey: .argsEscaped)
    }
}
