import Effects
import Runtime

/// The human words of `docker ps`: `Up 2 minutes (healthy)`, `Exited (0) 3 hours ago`. Pure.
enum StatusText {
    static func describe(_ state: ContainerState, health: HealthState.Status?, now: Timestamp) -> String {
        switch state.phase {
        case .created: return "Created"
        case .dead: return "Dead"
        case .removing: return "Removal In Progress"
        case .exited: return "Exited (\(state.exitCode)) \(since(state.finishedAt, now)) ago"
        case .restarting: return "Restarting (\(state.exitCode)) \(since(state.finishedAt, now)) ago"
        case .paused: return "Up \(since(state.startedAt, now)) (Paused)"
        case .running:
            let up = "Up \(since(state.startedAt, now))"
            guard let health else { return up }
            return health == .starting ? "\(up) (health: starting)" : "\(up) (\(health.rawValue))"
        }
    }

    private static func since(_ moment: Timestamp?, _ now: Timestamp) -> String {
        coarse(seconds: moment.map { (now - $0).components.seconds } ?? 0)
    }

    /// Docker's coarse units (docker-oci.md §4.6).
    static func coarse(seconds: Int64) -> String {
        let minutes = seconds / 60
        let hours = (seconds + 1800) / 3600
        if seconds < 1 { return "Less than a second" }
        if seconds == 1 { return "1 second" }
        if seconds < 60 { return "\(seconds) seconds" }
        if minutes == 1 { return "About a minute" }
        if minutes < 60 { return "\(minutes) minutes" }
        if hours == 1 { return "About an hour" }
        if hours < 48 { return "\(hours) hours" }
        if hours < 24 * 7 * 2 { return "\(hours / 24) days" }
        if hours < 24 * 30 * 2 { return "\(hours / 24 / 7) weeks" }
        if hours < 24 * 365 * 2 { return "\(hours / 24 / 30) months" }
        return "\(seconds / 86_400 / 365) years"
    }
}
