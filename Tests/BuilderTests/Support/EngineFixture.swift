import Effects
import EventBus
import Images
import Logging
import OCI
import Synchronization
import SystemLinux

@testable import Builder

/// A runner that carries out a tiny language on the upper directory instead of starting a container.
///
/// `write PATH TEXT`, `print TEXT`, `exit N`, `wait` (until cancelled), joined with `&&`. It records what it was given.
final class FakeRunner: StepRunner {
    private let state = Mutex<[RunnableStep]>([])
    /// How many steps ran at the same time, at most.
    let load = Load()

    var steps: [RunnableStep] { state.withLock { $0 } }

    func run(_ step: RunnableStep, output: @escaping @Sendable (StepOutput) -> Void) async throws -> Int {
        state.withLock { $0.append(step) }
        load.enter()
        defer { load.leave() }
        guard let script = step.arguments.last else { return 127 }
        for command in script.split(separator: "&").map({ String($0).trimmingBlanks() }) where !command.isEmpty {
            let words = command.split(separator: " ").map(String.init)
            switch words[0] {
            case "write":
                let path = step.root.upper + words[1]
                try Directory.make(File.parent(of: path))
                try File.write(path, Array(words.dropFirst(2).joined(separator: " ").utf8))
            case "print":
                let text = words.dropFirst().joined(separator: " ") + "\n"
                output(StepOutput(stream: .standardOutput, bytes: Array(text.utf8)))
            case "exit": return Int(words[1]) ?? 1
            case "wait": try await Effects.live.time.sleep(for: .seconds(60))
            case "pause": try await Effects.live.time.sleep(for: .milliseconds(150))
            default: return 127
            }
        }
        return 0
    }
}

/// How many tasks are inside at once, and the most there were.
final class Load: Sendable {
    private let state = Mutex([0, 0])

    var most: Int { state.withLock { $0[1] } }

    func enter() { state.withLock { $0 = [$0[0] + 1, max($0[1], $0[0] + 1)] } }

    func leave() { state.withLock { $0[0] -= 1 } }
}

/// A builder on a store of its own.
final class EngineFixture: Sendable {
    let scratch: Scratch
    let images: ImageStore
    let runner: FakeRunner
    let engine: BuildEngine
    let events = Mutex<[BuildProgress]>([])

    static func with<Value>(
        trust: HostTrust.Decision = .nothing, _ body: (EngineFixture) async throws -> Value
    ) async throws -> Value {
        try await Scratch.with { scratch in
            let logger = Logger(label: "test")
            let bus = EventBus(effects: .live)
            let images = try await ImageStore.open(
                root: scratch.path + "/images", effects: .live, bus: bus, logger: logger)
            let runner = FakeRunner()
            let engine = try await BuildEngine.open(
                root: scratch.path + "/builder", runRoot: scratch.path + "/run", images: images, runner: runner,
                trust: trust, effects: .live, bus: bus, logger: logger)
            try scratch.directory("context")
            return try await body(EngineFixture(scratch: scratch, images: images, runner: runner, engine: engine))
        }
    }

    private init(scratch: Scratch, images: ImageStore, runner: FakeRunner, engine: BuildEngine) {
        self.scratch = scratch
        self.images = images
        self.runner = runner
        self.engine = engine
    }

    func file(_ name: String, _ text: String) throws { try scratch.file("context/" + name, text) }

    /// Builds `dockerfile` with the context of the fixture.
    @discardableResult
    func build(
        _ dockerfile: String, tags: [String] = [], change: (inout BuildRequest) -> Void = { _ in }
    ) async throws -> BuildResult {
        var request = BuildRequest(contextDirectory: scratch.path + "/context")
        request.dockerfile = .init(name: "Dockerfile", bytes: Array(dockerfile.utf8))
        request.tags = try tags.map { try Reference($0) }
        change(&request)
        events.withLock { $0 = [] }
        let collector = EventCollector()
        do {
            let result = try await engine.build(request) { collector.add($0) }
            events.withLock { $0 = collector.all }
            return result
        } catch {
            events.withLock { $0 = collector.all }
            throw error
        }
    }

    /// Titles of the steps that were carried out, and of those that were found, in order.
    var outcomes: [String] {
        let all = events.withLock { $0 }
        var titles: [Int: BuildStepInfo] = [:]
        var lines: [String] = []
        for event in all {
            switch event {
            case .started(let info): titles[info.number] = info
            case .cached(let number): lines.append("cached " + (titles[number]?.instruction ?? "?"))
            case .finished(let number, _) where titles[number]?.kind == .layer:
                lines.append("built " + (titles[number]?.instruction ?? "?"))
            case .failed(let number, _, _): lines.append("failed " + (titles[number]?.instruction ?? "?"))
            default: break
            }
        }
        return lines
    }

    var changes: [[String]] {
        events.withLock { $0 }.compactMap { if case .missed(_, let changed) = $0 { changed } else { nil } }
    }

    /// What a build should not leave: roots of containers, scratch files, secrets.
    func leftovers() async throws -> [String] {
        let directories = ["builder/tmp", "run", "images/ingest"].map { "\(scratch.path)/\($0)" }
        return try await images.rootIDs() + directories.flatMap { try Directory.entries($0).map(\.name) }
    }

    /// The text of a file in the image, seen through its layers.
    func text(_ path: String, in imageID: Digest) async throws -> String? {
        let image = try await images.image(id: imageID)
        var trees: [String] = []
        for layer in image.layers.reversed() { trees.append(try await images.layerTree(layer)) }
        guard let entry = try LayeredTree(layers: trees).resolve(path, followsLast: true).entry else { return nil }
        return try File.readText(entry.hostPath)
    }
}

/// Gathers progress from any task.
final class EventCollector: Sendable {
    private let events = Mutex<[BuildProgress]>([])

    var all: [BuildProgress] { events.withLock { $0 } }

    func add(_ event: BuildProgress) { events.withLock { $0.append(event) } }
}
