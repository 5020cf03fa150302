import Document

/// What happens after a container's program exits.
public enum RestartPolicy: Sendable, Hashable {
    /// It stays down.
    case no
    /// It is started again, also after the daemon starts.
    case always
    /// As always, except after it was stopped by hand.
    case unlessStopped
    /// It is started again after a failure, at most so many times; 0 is without limit.
    case onFailure(maximumRetryCount: Int)

    /// The first wait before a restart.
    public static let backOffMin: Duration = .milliseconds(100)
    /// The longest wait before a restart.
    public static let backOffMax: Duration = .seconds(60)
    /// A run of at least this long resets the wait.
    public static let stableRun: Duration = .seconds(10)

    /// The wait before the next start, nil when there is none.
    ///
    /// - Parameters:
    ///   - exitCode: how the program ended.
    ///   - restartCount: how many restarts this policy has made since the last start by hand.
    ///   - ran: how long the program ran.
    ///   - previousDelay: the wait before the run that ended, zero for the first.
    public func delay(exitCode: Int, restartCount: Int, ran: Duration, previousDelay: Duration) -> Duration? {
        switch self {
        case .no: return nil
        case .always, .unlessStopped: break
        case .onFailure(let maximum):
            guard exitCode != 0, maximum == 0 || restartCount < maximum else { return nil }
        }
        let isFirst = previousDelay == .zero
        if isFirst || ran >= Self.stableRun { return Self.backOffMin }
        return min(previousDelay * 2, Self.backOffMax)
    }

    /// Whether the container is started when the platform comes up.
    public func startsWithPlatform(stoppedByHand: Bool) -> Bool {
        switch self {
        case .always: true
        case .unlessStopped: !stoppedByHand
        case .no, .onFailure: false
        }
    }

    /// Reads `no`, `always`, `unless-stopped`, `on-failure[:N]`.
    public init(parsing text: String) throws(RuntimeError) {
        let parts = text.split(separator: ":", maxSplits: 1)
        var maximum = 0
        if parts.count == 2 {
            guard parts[0] == "on-failure", let count = Int(parts[1]), count >= 0 else {
                throw RuntimeError(.invalid, "invalid restart policy \"\(text)\": only on-failure takes a count")
            }
            maximum = count
        }
        try self.init(name: parts.first.map(String.init) ?? "", maximumRetryCount: maximum)
    }

    /// Makes a policy of Docker's name and count.
    public init(name: String, maximumRetryCount: Int) throws(RuntimeError) {
        switch name {
        case "", "no": self = .no
        case "always": self = .always
        case "unless-stopped": self = .unlessStopped
        case "on-failure": self = .onFailure(maximumRetryCount: maximumRetryCount)
        default:
            throw RuntimeError(
                .invalid, "invalid restart policy \"\(name)\": use no, always, unless-stopped or on-failure[:N]"
            )
        }
        if maximumRetryCount != 0, name != "on-failure" {
            throw RuntimeError(.invalid, "maximum retry count cannot be used with restart policy \"\(name)\"")
        }
        guard maximumRetryCount >= 0 else {
            throw RuntimeError(.invalid, "maximum retry count cannot be negative: \(maximumRetryCount)")
        }
    }

    /// Docker's name of the policy.
    public var name: String {
        switch self {
        case .no: "no"
        case .always: "always"
        case .unlessStopped: "unless-stopped"
        case .onFailure: "on-failure"
        }
    }

    init(_ reader: FieldReader) throws(RuntimeError) {
        var fields = reader
        try self.init(
            name: try fields.string("Name") ?? "",
            maximumRetryCount: Int(try fields.integer("MaximumRetryCount") ?? 0)
        )
        try fields.finish()
    }

    /// Reads Docker's `RestartPolicy` object; nil when it is absent.
    public init?(updateJSON json: JSONValue?) throws(RuntimeError) {
        guard let json, !json.isNull else { return nil }
        let reader = try FieldReader(json, path: "RestartPolicy")
        if reader.isEmpty { return nil }
        try self.init(reader)
    }

    /// Docker's `RestartPolicy` object.
    var json: JSONObject {
        var maximum = 0
        if case .onFailure(let count) = self { maximum = count }
        return ["Name": .string(name), "MaximumRetryCount": .integer(Int64(maximum))]
    }
}
