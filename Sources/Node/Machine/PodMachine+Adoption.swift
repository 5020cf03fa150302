import Cluster
import Document
import Effects

extension PodMachine {
    /// Takes over what an earlier daemon started: the sandbox, the runs that go on and the ends that were missed.
    ///
    /// `status` is the pod's status in the store, where restart counts and the start time come from. A sandbox that
    /// no longer stands (after a reboot) is not taken over: the pod starts anew and its containers count a restart.
    mutating func adopt(_ record: PodSandboxRecord, status: JSONValue, at now: Moment) {
        sandboxAttempt = record.attempt
        if record.isAlive {
            sandbox = .done(record.sandbox)
        } else {
            sandboxAttempt += 1
        }
        let known = Self.restartCounts(in: status)
        for index in containers.indices {
            let name = containers[index].spec.name
            let runs = record.containers.filter { $0.name == name }.sorted { $0.attempt < $1.attempt }
            containers[index].restartCount = known[name] ?? 0
            guard let last = runs.last else { continue }
            containers[index].restartCount = last.attempt
            if record.isAlive { containers[index].hasStarted = true }
            containers[index].lastEnd = runs.dropLast().last.flatMap(Self.ended)
            adopt(last, into: index, isAlive: record.isAlive, at: now)
        }
    }

    /// Keeps the start time the status already shows, so that it does not move when the daemon is replaced.
    mutating func adoptStartTime(from status: JSONValue, at now: Moment) {
        guard let known = status["startTime"]?.timestampValue else { return }
        startTime = known
        activeDeadline = spec.activeDeadlineSeconds.map { seconds in
            now.uptime + .seconds(seconds) - (now.wall - known)
        }
    }

    private mutating func adopt(_ record: PodContainerRecord, into index: Int, isAlive: Bool, at now: Moment) {
        containers[index].image = .ready(record.image)
        switch record.state {
        case .running(let start) where isAlive:
            let age = now.wall - start.startedAt
            var running = ContainerMachine.Running(
                id: record.id, pid: start.pid, image: record.image, startedAt: start.startedAt,
                startedUptime: now.uptime - age,
                postStartIsDone: true)
            // A clock that was set back must not put the start into the future.
            if age < .zero { running.startedUptime = now.uptime }
            containers[index].begin(running)
            // It has been running without us; whether it serves by now is not ours to hold back.
            containers[index].listening = nil
        case .exited(let exit, let startedAt):
            let ended = Self.ended(id: record.id, exit, startedAt: startedAt)
            let completedInit = containers[index].spec.role == .initial && ended.succeeded
            // In a new sandbox init containers run again, because what they prepared may be gone with the old one.
            if completedInit && !isAlive {
                containers[index].image = .unknown
            } else {
                containers[index].finish(ended, under: spec.restartPolicy, at: now.uptime)
                if !isAlive { containers[index].startNotBefore = nil }
            }
        case .running, .created: containers[index].image = .unknown
        }
    }

    private static func ended(_ record: PodContainerRecord) -> ContainerMachine.Ended? {
        guard case .exited(let exit, let startedAt) = record.state else { return nil }
        return ended(id: record.id, exit, startedAt: startedAt)
    }

    private static func ended(
        id: String, _ exit: PodContainerExit, startedAt: Timestamp
    ) -> ContainerMachine.Ended {
        let reason = exit.outOfMemory ? "OOMKilled" : exit.exitCode == 0 ? "Completed" : "Error"
        return .init(
            id: id, exitCode: exit.exitCode, reason: reason, startedAt: startedAt, finishedAt: exit.finishedAt)
    }

    private static func restartCounts(in status: JSONValue) -> [String: Int] {
        var counts: [String: Int] = [:]
        for container in status.items("initContainerStatuses") + status.items("containerStatuses") {
            counts[container.text("name")] = Int(container["restartCount"]?.intValue ?? 0)
        }
        return counts
    }
}
