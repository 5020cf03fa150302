import Effects
import EventBus
import Images
import OCI

/// Carries out one stage: its base, then its steps in order.
struct StageExecutor: Sendable {
    let session: BuildSession
    let plan: BuildPlan
    let reporter: ProgressReporter
    let stages: StageResults
    let node: BuildGraph.Node

    var engine: BuildEngine { session.engine }

    func run() async throws -> StageResult {
        var (result, start) = try await begin()
        result.plan = try StagePlanner.plan(
            node.stage, of: plan.dockerfile, on: start, graph: plan.graph, arguments: plan.arguments)
        for warning in result.plan.warnings { reporter.warn(warning) }
        let layerCount = 1 + result.plan.steps.count { $0.action != nil }
        reportBase(count: layerCount)
        var place = 1
        for (index, step) in result.plan.steps.enumerated() {
            try Task.checkCancellation()
            guard let action = step.action else {
                let number = reporter.start(.metadata, step.title)
                result.history.append(entry(for: step, after: result, isEmpty: true))
                reporter.finish(number)
                continue
            }
            place += 1
            // Waiting for other stages is not this step's time, and their failure is not this step's failure.
            let origins = try await resolveOrigins(of: action, at: step.range)
            let title = "[\(label(place, of: layerCount))] \(step.title)"
            let number = reporter.start(.layer, title, instruction: step.title)
            do {
                let work = try await prepare(action, of: step, origins: origins, on: result)
                try await carryOut(work, of: step, at: index, number: number, into: &result)
            } catch {
                throw fail(number, step: step, error: error)
            }
        }
        return result
    }

    private func label(_ place: Int, of count: Int) -> String {
        guard plan.graph.needed.count > 1 else { return "\(place)/\(count)" }
        return "\(node.stage.name ?? "stage-\(node.stage.index)") \(place)/\(count)"
    }

    private func reportBase(count: Int) {
        let number = reporter.start(.from, "[\(label(1, of: count))] \(node.stage.text)", instruction: node.stage.text)
        reporter.finish(number)
    }

    private func fail(_ number: Int, step: StageStep, error: any Error) -> any Error {
        if error is CancellationError || Task.isCancelled {
            reporter.fail(number, "cancelled")
            return error
        }
        let located: BuilderError
        if let known = error as? BuilderError {
            located = known.located(at: plan.location(step.range))
        } else {
            located = BuilderError(
                .storage, "failed to build \(step.title): \(error)", at: plan.location(step.range), cause: error)
        }
        reporter.fail(number, located.message)
        engine.bus.publish(
            .build(.failed(build: session.id, step: number, exitCode: located.exitCode ?? 0)),
            subject: .build(session.id), module: .builder, cause: session.request.cause)
        return located
    }

    /// The state before the first instruction.
    private func begin() async throws -> (StageResult, StagePlanner.Start) {
        switch node.base {
        case .scratch:
            return (empty(key: CacheInputs.base("scratch").key, platform: try stagePlatform()), .init())
        case .stage(let index):
            var result = try await stages.result(of: index, for: node.stage.index)
            let start = StagePlanner.Start(after: result.plan)
            result.places = [:]
            return (result, start)
        case .image(let text):
            let image = try await baseImage(text, pulls: session.request.pullsBases)
            var result = empty(
                key: CacheInputs.base(image.id.description).key, platform: image.config.platform)
            result.layers = image.layers
            result.history = image.config.history ?? []
            return (result, .init(execution: image.config.config ?? .init(), author: image.config.author))
        }
    }

    private func empty(key: String, platform: OCIPlatform) -> StageResult {
        let nothing = StagePlanner.Plan(steps: [], execution: .init(), author: nil, arguments: [:], warnings: [])
        return StageResult(
            layers: [], key: key, plan: nothing, platform: platform, history: [], usedKeys: [], places: [:])
    }

    /// The platform that this stage is built for.
    func stagePlatform() throws -> OCIPlatform {
        guard let text = node.platform else { return session.request.platform ?? .host }
        do { return try OCIPlatform(text) } catch {
            throw BuilderError(.invalidValue, "\(error)", at: plan.location(node.stage.range), cause: error)
        }
    }

    /// The image that a FROM, a COPY or a mount names.
    func baseImage(_ text: String, pulls: Bool) async throws -> Image {
        let location = plan.location(node.stage.range)
        let number = reporter.start(.internal, "[internal] load metadata for \(text)")
        do {
            let reference = try Reference(text)
            let image = try await engine.images.ensure(
                reference, policy: pulls ? .always : .missing, platform: try stagePlatform(),
                progress: pullProgress(number), cause: session.request.cause)
            guard image.config.platform.runs(on: try stagePlatform()) || image.config.architecture.isEmpty else {
                throw BuilderError(
                    .base, "\(text) is made for \(image.config.platform), not for \(try stagePlatform())", at: location)
            }
            reporter.finish(number)
            return image
        } catch let error as BuilderError {
            reporter.fail(number, error.message)
            throw error
        } catch {
            reporter.fail(number, "\(error)")
            throw BuilderError(
                .base,
                "failed to resolve \(text): \(error); pull it, or make a stand-in with `skiff image bootstrap`",
                at: location, cause: error)
        }
    }

    private func pullProgress(_ number: Int) -> TransferProgress {
        let reporter = reporter
        return TransferProgress { step in
            let line: String
            switch step {
            case .started(let reference): line = "pulling \(reference.familiar)"
            case .transferred(let digest): line = "\(digest.short) downloaded"
            case .ready(let digest): line = "\(digest.short) unpacked"
            case .note(let text): line = text
            default: return
            }
            reporter.output(number, StepOutput(stream: .standardError, bytes: Array((line + "\n").utf8)))
        }
    }

    /// The history line of a step. Steps without a layer carry the time of the one before them, so that building
    /// the same again gives the same image.
    func entry(
        for step: StageStep, after result: StageResult, created: String? = nil, isEmpty: Bool
    ) -> ImageConfig.HistoryEntry {
        ImageConfig.HistoryEntry(
            created: created ?? result.history.last?.created, createdBy: step.createdBy,
            comment: "buildkit.dockerfile.v0", emptyLayer: isEmpty ? true : nil)
    }
}
