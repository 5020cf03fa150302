import Effects
import Images
import OCI

/// What a finished stage left.
struct StageResult: Sendable {
    /// The layers, lowest first.
    var layers: [Layer]
    /// The key of the file system: what a later RUN or COPY depends on.
    var key: String
    /// The configuration and the ARGs at the end.
    var plan: StagePlanner.Plan
    /// The platform of the base.
    var platform: OCIPlatform
    /// The base's history and this stage's.
    var history: [ImageConfig.HistoryEntry]
    /// Keys of results that were used.
    var usedKeys: [String]
    /// What each place of the Dockerfile depended on.
    var places: [String: CacheInputs]
}

/// The stages of one build, each carried out once, independent ones at the same time.
actor StageResults {
    private let session: BuildSession
    private let plan: BuildPlan
    private let reporter: ProgressReporter
    private var tasks: [Int: Task<StageResult, any Error>] = [:]
    /// Which stage waits for which, to refuse circles that ONBUILD triggers bring in.
    private var waiting: [Int: Set<Int>] = [:]

    init(session: BuildSession, plan: BuildPlan, reporter: ProgressReporter) {
        self.session = session
        self.plan = plan
        self.reporter = reporter
    }

    /// The result of the stage `target`; all of `needed`, which has it too, are begun at once.
    ///
    /// The first stage that fails, or cancellation of the caller, ends all of them.
    func result(of target: Int, needed: [Int]) async throws -> StageResult {
        let begun = needed.map { task(for: $0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in begun {
                group.addTask {
                    _ = try await withTaskCancellationHandler {
                        try await task.value
                    } onCancel: {
                        task.cancel()
                    }
                }
            }
            for try await _ in group {}
        }
        return try await task(for: target).value
    }

    /// The result of a stage that another one stands on or copies from.
    func result(of index: Int, for dependent: Int) async throws -> StageResult {
        guard !reaches(dependent, from: index) else {
            throw BuilderError(
                .invalidValue,
                "circular dependency detected on stage: \(plan.graph.nodes[index].stage.name ?? "\(index)")")
        }
        waiting[dependent, default: []].insert(index)
        return try await task(for: index).value
    }

    /// Ends all stages and waits until none of them works any more.
    func cancelAll() async {
        for task in tasks.values { task.cancel() }
        for task in tasks.values { _ = await task.result }
    }

    private func reaches(_ goal: Int, from start: Int) -> Bool {
        var seen: Set<Int> = []
        var pending = [start]
        while let index = pending.popLast() {
            if index == goal { return true }
            if seen.insert(index).inserted { pending += waiting[index] ?? [] }
        }
        return false
    }

    private func task(for index: Int) -> Task<StageResult, any Error> {
        if let task = tasks[index] { return task }
        let executor = StageExecutor(
            session: session, plan: plan, reporter: reporter, stages: self, node: plan.graph.nodes[index])
        let task = Task { try await executor.run() }
        tasks[index] = task
        return task
    }
}
