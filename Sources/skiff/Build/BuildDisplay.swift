import Clients
import Effects
import SystemLinux

/// How a build ended.
enum BuildOutcome {
    case built(imageID: String)
    case failed(message: String, exitCode: Int)
}

/// Shows a build while it runs.
struct BuildDisplay {
    private let renderer: any BuildRenderer
    /// How often a live display is drawn again while nothing arrives.
    private static let redrawMilliseconds: Int32 = 100

    /// A display on standard error, so that standard output stays free for ids.
    static func make(_ style: BuildProgressStyle, isQuiet: Bool) -> BuildDisplay {
        if isQuiet { return BuildDisplay(renderer: QuietBuildRenderer()) }
        let isTerminal = Terminal.isTerminal(StandardStream.error.rawValue)
        switch style {
        case .tty: return BuildDisplay(renderer: LiveBuildRenderer())
        case .auto where isTerminal: return BuildDisplay(renderer: LiveBuildRenderer())
        case .auto, .plain: return BuildDisplay(renderer: PlainBuildRenderer())
        }
    }

    /// Reads the reply to its end.
    func follow(_ stream: DaemonStream) throws -> BuildOutcome {
        var renderer = renderer
        let time = Effects.live.time
        let start = time.monotonic
        func write(_ text: String) { if !text.isEmpty { StandardStream.error.write(text) } }
        while true {
            if renderer.isLive, !stream.hasPending,
                try Readiness.wait(forInput: [stream.descriptor], timeoutMilliseconds: Self.redrawMilliseconds).isEmpty
            {
                write(renderer.redraw(at: time.monotonic - start))
                continue
            }
            guard let value = try stream.nextJSON() else {
                throw DaemonError(.connectionLost, "the daemon went away during the build; see `skiff status`")
            }
            guard let message = BuildMessage(value) else { continue }
            let now = time.monotonic - start
            write(renderer.render(message, at: now))
            switch message {
            case .result(let imageID, _, _, _):
                return .built(imageID: imageID)
            case .error(let text, let exitCode):
                return .failed(message: renderer.failure(text), exitCode: exitCode)
            default: break
            }
        }
    }
}

/// Turns messages of a build into text. Pure but for its own state.
protocol BuildRenderer {
    /// Whether the display changes while nothing arrives.
    var isLive: Bool { get }
    /// The text for a message that arrived at `time` after the beginning.
    mutating func render(_ message: BuildMessage, at time: Duration) -> String
    /// The text that brings a live display up to date.
    mutating func redraw(at time: Duration) -> String
    /// The last words of a build that failed.
    func failure(_ message: String) -> String
}

extension BuildRenderer {
    var isLive: Bool { false }
    mutating func redraw(at time: Duration) -> String { "" }
    func failure(_ message: String) -> String { "ERROR: failed to build: \(message)" }
}

/// Shows nothing but errors.
struct QuietBuildRenderer: BuildRenderer {
    mutating func render(_ message: BuildMessage, at time: Duration) -> String { "" }
}

/// Numbers in the form that build logs have them.
enum BuildText {
    /// `3.2s`, `64.0s`.
    static func seconds(_ duration: Duration) -> String {
        let tenths = Int(duration / .milliseconds(100))
        return "\(tenths / 10).\(tenths % 10)s"
    }

    /// `0.512`, the time within a step.
    static func fraction(_ duration: Duration) -> String {
        let milliseconds = Int(duration / .milliseconds(1))
        let rest = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    /// The last line of a build that worked.
    static func summary(steps: Int, cached: Int, tags: [String], imageID: String, time: Duration) -> String {
        let name = tags.isEmpty ? String(imageID.prefix(19)) : tags.joined(separator: ", ")
        let found = cached == 0 ? "" : cached == steps ? ", all cached" : ", \(cached) cached"
        return "Built \(name) in \(seconds(time)) (\(steps) steps\(found))\n"
    }
}
