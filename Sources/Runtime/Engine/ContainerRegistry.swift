import Synchronization

/// All containers of one runtime by id and name. Short critical sections, no suspension.
final class ContainerRegistry: Sendable {
    private struct State {
        var cells: [String: ContainerCell] = [:]
        /// Names, also of containers that are being made.
        var ids: [String: String] = [:]
    }

    private let state = Mutex(State())

    /// Every container, newest first.
    var all: [ContainerCell] {
        state.withLock { Array($0.cells.values) }.sorted { $0.record.createdAt > $1.record.createdAt }
    }

    /// The container of that very id.
    func cell(id: String) -> ContainerCell? { state.withLock { $0.cells[id] } }

    /// The container that a person means: full id, name, or a unique beginning of an id.
    /// - Throws: `.notFound`, `.invalid` for a beginning that fits several.
    func find(_ reference: String) throws(RuntimeError) -> ContainerCell {
        let name = reference.hasPrefix("/") ? String(reference.dropFirst()) : reference
        let found: Result<ContainerCell, RuntimeError> = state.withLock { state in
            if let cell = state.cells[name] { return .success(cell) }
            if let id = state.ids[name], let cell = state.cells[id] { return .success(cell) }
            let matches = name.isEmpty ? [] : state.cells.keys.filter { $0.hasPrefix(name) }
            if matches.count > 1 {
                return .failure(RuntimeError(.invalid, "multiple IDs found with provided prefix: \(name)"))
            }
            guard let id = matches.first, let cell = state.cells[id] else {
                return .failure(RuntimeError(.notFound, "No such container: \(reference)"))
            }
            return .success(cell)
        }
        return try found.get()
    }

    /// Takes a name for a container that is being made.
    /// - Throws: `.conflict` when another has it, `.unavailable` when there are too many containers.
    func reserve(name: String, for id: String) throws(RuntimeError) {
        let failure: RuntimeError? = state.withLock { state in
            if let owner = state.ids[name] {
                return RuntimeError(
                    .conflict,
                    "Conflict. The container name \"/\(name)\" is already in use by container \"\(owner)\". "
                        + "You have to remove (or rename) that container to be able to reuse that name."
                )
            }
            guard state.cells.count < RuntimeConfiguration.containersMax else {
                return RuntimeError(
                    .unavailable, "there are \(RuntimeConfiguration.containersMax) containers already; remove some"
                )
            }
            state.ids[name] = id
            return nil
        }
        if let failure { throw failure }
    }

    /// Whether somebody has the name.
    func isTaken(_ name: String) -> Bool { state.withLock { $0.ids[name] != nil } }

    /// Adds a container whose name is reserved (or, at recovery, not yet).
    func add(_ cell: ContainerCell, name: String) {
        state.withLock { state in
            state.cells[cell.id] = cell
            state.ids[name] = cell.id
        }
    }

    /// Gives a name back.
    func release(name: String, of id: String) {
        state.withLock { state in
            if state.ids[name] == id { state.ids[name] = nil }
        }
    }

    /// Forgets a container and its name.
    func remove(_ cell: ContainerCell, name: String) {
        state.withLock { state in
            state.cells[cell.id] = nil
            if state.ids[name] == cell.id { state.ids[name] = nil }
        }
    }
}
