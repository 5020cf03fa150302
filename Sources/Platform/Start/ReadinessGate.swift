import Synchronization

/// Closed while the platform starts, open from then on.
final class ReadinessGate: Sendable {
    private let state = Atomic<Bool>(false)

    /// Whether every module has started.
    var isOpen: Bool { state.load(ordering: .acquiring) }

    /// Says that every module has started.
    func open() { state.store(true, ordering: .releasing) }
}
