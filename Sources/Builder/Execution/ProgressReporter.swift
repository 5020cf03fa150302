import Effects
import Synchronization

/// Numbers the steps of one build and measures them. Safe to use from any task.
final class ProgressReporter: Sendable {
    private struct State {
        var nextNumber = 1
        var nextPosition = 1
        var started: [Int: Duration] = [:]
        var layerSteps = 0
        var cachedSteps = 0
    }

    private let effects: Effects
    private let sink: @Sendable (BuildProgress) -> Void
    private let count: Int
    private let state = Mutex(State())

    /// Passes everything on to `sink`, which must be quick; `count` instructions will be carried out.
    init(effects: Effects, count: Int, sink: @escaping @Sendable (BuildProgress) -> Void) {
        self.effects = effects
        self.count = count
        self.sink = sink
    }

    /// Begins a step and returns its number.
    func start(_ kind: BuildStepInfo.Kind, _ title: String, instruction: String = "") -> Int {
        let now = effects.time.monotonic
        let info = state.withLock { state in
            defer { state.nextNumber += 1 }
            state.started[state.nextNumber] = now
            var position = 0
            if kind != .internal {
                position = state.nextPosition
                state.nextPosition += 1
            }
            if kind == .layer { state.layerSteps += 1 }
            return BuildStepInfo(
                number: state.nextNumber, kind: kind, title: title,
                instruction: instruction.isEmpty ? title : instruction, position: position,
                count: max(count, position))
        }
        sink(.started(info))
        return info.number
    }

    func cached(_ number: Int) {
        state.withLock { state in
            state.started[number] = nil
            state.cachedSteps += 1
        }
        sink(.cached(step: number))
    }

    func missed(_ number: Int, changed: [String]) { sink(.missed(step: number, changed: changed)) }

    func output(_ number: Int, _ output: StepOutput) { sink(.output(step: number, output)) }

    func finish(_ number: Int) { sink(.finished(step: number, milliseconds: elapsed(number))) }

    func fail(_ number: Int, _ message: String) {
        sink(.failed(step: number, message: message, milliseconds: elapsed(number)))
    }

    func warn(_ warning: BuildWarning) { sink(.warning(warning)) }

    func note(_ text: String) { sink(.note(text)) }

    /// Steps that made or found a layer, and how many of them were found.
    var counts: (layers: Int, cached: Int) { state.withLock { ($0.layerSteps, $0.cachedSteps) } }

    private func elapsed(_ number: Int) -> Int {
        let now = effects.time.monotonic
        let start = state.withLock { $0.started.removeValue(forKey: number) } ?? now
        return Int((now - start) / .milliseconds(1))
    }
}
