/// How large each ReplicaSet of a Deployment is to be next: a pure function, called again after each change.
struct RolloutPlan: Sendable, Hashable {
    /// One step.
    enum Step: Sendable, Hashable {
        /// Make the set for the present template.
        case create(replicas: Int)
        /// Give a set another size.
        case resize(name: String, replicas: Int)
        /// Remove a set that history no longer needs.
        case remove(name: String)
    }

    private let spec: DeploymentSpec
    private let current: ReplicaSetFacts?
    /// The other sets, the oldest first.
    private let old: [ReplicaSetFacts]
    /// Whether pods of old templates still exist, also those on their way out; Recreate waits for them.
    private let oldPodsExist: Bool

    init(_ spec: DeploymentSpec, sets: [ReplicaSetFacts], oldPodsExist: Bool = false) {
        self.spec = spec
        // When several sets carry the template, the oldest is the one (as in Kubernetes, for stable rollbacks).
        let ordered = sets.sorted { ($0.createdAt, $0.name) < ($1.createdAt, $1.name) }
        let current = ordered.first(where: \.isCurrent)
        self.current = current
        old = ordered.filter { $0.uid != current?.uid }
        self.oldPodsExist = oldPodsExist
    }

    /// The steps to take now; empty when there is nothing to do until something changes.
    var steps: [Step] {
        if spec.isPaused || isResized { return scaled() + (spec.isPaused ? [] : cleanUp) }
        switch spec.strategy {
        case .recreate: return recreate() + cleanUp
        case .rollingUpdate: return roll() + cleanUp
        }
    }

    private var all: [ReplicaSetFacts] { old + (current.map { [$0] } ?? []) }

    // MARK: - Recreate

    private func recreate() -> [Step] {
        let tooMany = old.filter { $0.replicas > 0 }
        if !tooMany.isEmpty { return tooMany.map { .resize(name: $0.name, replicas: 0) } }
        if oldPodsExist { return [] }
        guard let current else { return [.create(replicas: spec.replicas)] }
        return current.replicas == spec.replicas ? [] : [.resize(name: current.name, replicas: spec.replicas)]
    }

    // MARK: - Rolling update

    private func roll() -> [Step] {
        guard let current else { return [.create(replicas: roomForNew(0))] }
        if current.replicas > spec.replicas { return [.resize(name: current.name, replicas: spec.replicas)] }
        var steps: [Step] = []
        let grown = roomForNew(current.replicas)
        if grown != current.replicas { steps.append(.resize(name: current.name, replicas: grown)) }
        return steps + shrinkOld(newReplicas: grown, newAvailable: current.available)
    }

    /// How large the new set may be, given that all sets together stay below the ceiling.
    private func roomForNew(_ present: Int) -> Int {
        let total = old.reduce(present) { $0 + $1.replicas }
        let room = max(0, spec.ceiling - total)
        return present + min(room, max(0, spec.replicas - present))
    }

    /// Takes pods from the old sets without going below the floor of available ones: first those that are not
    /// available anyway, then from the oldest set.
    private func shrinkOld(newReplicas: Int, newAvailable: Int) -> [Step] {
        let oldTotal = old.reduce(0) { $0 + $1.replicas }
        guard oldTotal > 0 else { return [] }
        let newUnavailable = max(0, newReplicas - newAvailable)
        var mayGo = oldTotal + newReplicas - spec.floor - newUnavailable
        guard mayGo > 0 else { return [] }
        var sizes = old.map(\.replicas)
        for (index, set) in old.enumerated() where mayGo > 0 {
            let unhealthy = min(mayGo, max(0, sizes[index] - set.available))
            sizes[index] -= unhealthy
            mayGo -= unhealthy
        }
        let available = old.reduce(newAvailable) { $0 + $1.available }
        var spare = min(mayGo, max(0, available - spec.floor))
        for index in old.indices where spare > 0 {
            let count = min(spare, sizes[index])
            sizes[index] -= count
            spare -= count
        }
        return resizes(to: sizes, of: old)
    }

    /// With `booking` a set is also resized to what it is when its annotations speak of an earlier size.
    private func resizes(to sizes: [Int], of sets: [ReplicaSetFacts], booking: Bool = false) -> [Step] {
        zip(sets, sizes).compactMap { set, size in
            let isBooked = !booking || set.desired == spec.replicas
            return size == set.replicas && isBooked ? nil : .resize(name: set.name, replicas: size)
        }
    }

    // MARK: - Scaling

    /// Whether the Deployment's size changed since its sets were last sized.
    private var isResized: Bool {
        all.contains { $0.replicas > 0 && $0.desired != nil && $0.desired != spec.replicas }
    }

    /// Spreads a new size over the sets in proportion, so that a rollout under way keeps its balance.
    private func scaled() -> [Step] {
        let active = all.filter { $0.replicas > 0 }
        if active.count <= 1 {
            guard let only = active.first ?? current ?? old.last else { return [] }
            return resizes(to: [spec.replicas], of: [only], booking: true)
        }
        if let current, current.replicas == spec.replicas, current.desired == spec.replicas,
            current.available == spec.replicas
        {
            return resizes(to: old.map { _ in 0 }, of: old)
        }
        guard case .rollingUpdate = spec.strategy else {
            return resizes(to: active.map(\.replicas), of: active, booking: true)
        }
        return proportional(active)
    }

    private func proportional(_ active: [ReplicaSetFacts]) -> [Step] {
        let total = active.reduce(0) { $0 + $1.replicas }
        let allowed = spec.replicas > 0 ? spec.ceiling : 0
        let change = allowed - total
        // What is added goes first to the largest and newest, what is taken first from the largest and oldest.
        let ordered = active.sorted { left, right in
            if left.replicas != right.replicas { return left.replicas > right.replicas }
            return change > 0 ? left.createdAt > right.createdAt : left.createdAt < right.createdAt
        }
        var given = 0
        var sizes = ordered.map { set in
            let share = proportion(of: set, change: change, given: given)
            given += share
            return set.replicas + share
        }
        // Rounding leaves a rest, which goes to the first.
        if !sizes.isEmpty { sizes[0] = max(0, sizes[0] + change - given) }
        return resizes(to: sizes, of: ordered, booking: true)
    }

    private func proportion(of set: ReplicaSetFacts, change: Int, given: Int) -> Int {
        guard change != 0 else { return 0 }
        let reference = Double(set.maximum ?? spec.ceiling)
        guard reference > 0 else { return 0 }
        let fraction = Int((Double(set.replicas * spec.ceiling) / reference).rounded()) - set.replicas
        let left = change - given
        return change > 0 ? min(fraction, left) : max(fraction, left)
    }

    // MARK: - History

    /// Removes the oldest empty sets beyond the history limit, once the rollout is over.
    private var cleanUp: [Step] {
        guard let current, current.replicas == spec.replicas, current.available == spec.replicas else { return [] }
        let empty = old.filter { $0.replicas == 0 && $0.actual == 0 && $0.isObserved }
        let excess = empty.count - spec.historyLimit
        guard excess > 0 else { return [] }
        let ordered = empty.sorted { ($0.revision, $0.createdAt) < ($1.revision, $1.createdAt) }
        return ordered.prefix(excess).map { .remove(name: $0.name) }
    }
}
