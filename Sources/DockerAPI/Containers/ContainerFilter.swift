import Effects
import Runtime

/// Which containers `GET /containers/json` shows. Pure but for looking up the containers that `before` and `since` name.
struct ContainerFilter {
    static let names: Set<String> = [
        "ancestor", "before", "since", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name",
        "network", "publish", "status", "volume",
    ]

    private let filters: Filters
    private let all: Bool
    private let limit: Int?
    private let before: Timestamp?
    private let since: Timestamp?
    private let exitCodes: [Int]

    init(_ filters: Filters, all: Bool, limit: Int?, runtime: ContainerRuntime) throws {
        self.filters = filters
        // A filter on a state, or a limit, looks at stopped containers too.
        self.all = all || !filters["status"].isEmpty || !filters["exited"].isEmpty || (limit ?? 0) > 0
        self.limit = limit.flatMap { $0 > 0 ? $0 : nil }
        before = try filters["before"].first.map { try runtime.inspect($0).record.createdAt }
        since = try filters["since"].first.map { try runtime.inspect($0).record.createdAt }
        exitCodes = filters["exited"].compactMap { Int($0) }
        for status in filters["status"] where ContainerState.Phase(rawValue: status) == nil {
            throw EngineError(.invalid, "invalid value for filter status: \"\(status)\"")
        }
    }

    func apply(to snapshots: [ContainerSnapshot], names: ImageNames) -> [ContainerSnapshot] {
        let found = snapshots.filter { shows($0, names: names) }
        return limit.map { Array(found.prefix($0)) } ?? found
    }

    private func shows(_ item: ContainerSnapshot, names: ImageNames) -> Bool {
        let record = item.record
        guard all || record.state.isAlive || record.state.phase == .restarting else { return false }
        guard filters.allows("status", record.state.phase.rawValue), filters.allowsLabels(record.request.labels) else {
            return false
        }
        guard meets("id", { record.id.hasPrefix($0) }), meets("name", { matchesName($0, record.name) }),
            meets("ancestor", { names.matches($0, imageID: record.imageID) }),
            meets(
                "network",
                { network in record.attachments.contains { $0.network == network || $0.networkID == network } }),
            meets(
                "volume", { volume in record.mounts.contains { $0.volumeName == volume || $0.destination == volume } }),
            meets("health", { $0 == (item.health?.status.rawValue ?? "none") }),
            meets(
                "publish",
                { port in
                    record.ports.contains { "\($0.containerPort.port)" == port || $0.containerPort.description == port }
                }),
            meets(
                "expose",
                { port in record.request.exposedPorts.contains { "\($0.port)" == port || $0.description == port } })
        else { return false }
        if !exitCodes.isEmpty {
            guard record.state.phase == .exited, exitCodes.contains(record.state.exitCode) else { return false }
        }
        if let before, record.createdAt >= before { return false }
        if let since, record.createdAt <= since { return false }
        return true
    }

    private func meets(_ key: String, _ test: (String) -> Bool) -> Bool {
        let wanted = filters[key]
        return wanted.isEmpty || wanted.contains(where: test)
    }

    /// Docker takes the value as a pattern anywhere in the name; `^` and `$` bind it to the ends.
    private func matchesName(_ pattern: String, _ name: String) -> Bool {
        var text = pattern[...]
        let atStart = text.hasPrefix("^")
        let atEnd = text.hasSuffix("$")
        if atStart { text = text.dropFirst() }
        if atEnd { text = text.dropLast() }
        if text.hasPrefix("/") { text = text.dropFirst() }
        return switch (atStart, atEnd) {
        case (true, true): name == text
        case (true, false): name.hasPrefix(text)
        case (false, true): name.hasSuffix(text)
        case (false, false): text.isEmpty || name.contains(text)
        }
    }
}
