import SystemLinux

/// A build on a terminal: finished steps scroll by, running ones are drawn below with their time and last output.
struct LiveBuildRenderer: BuildRenderer {
    /// Lines of output shown below a running step.
    private static let tailLines = 5
    /// Lines of output that a failed step shows.
    private static let failureLines = 20

    fileprivate struct Step {
        let title: String
        let start: Duration
        var tail: [String] = []
        var partial: [UInt8] = []
    }

    private var running: [(id: Int, step: Step)] = []
    private var drawnLines = 0
    private var failedTail: [String] = []

    var isLive: Bool { true }

    mutating func render(_ message: BuildMessage, at time: Duration) -> String {
        switch message {
        case .started(let id, let kind, let title):
            guard kind != "metadata" else { return "" }
            running.append((id, Step(title: title, start: time)))
            return redraw(at: time)
        case .missed: return ""
        case .cached(let id): return finish(id, mark: "\u{1B}[36mCACHED\u{1B}[0m ", suffix: "", at: time)
        case .output(let id, let bytes):
            guard let index = running.firstIndex(where: { $0.id == id }) else { return "" }
            running[index].step.add(bytes, keeping: Self.failureLines)
            return redraw(at: time)
        case .finished(let id, let milliseconds):
            return finish(id, mark: "", suffix: BuildText.seconds(.milliseconds(milliseconds)), at: time)
        case .failed(let id, _, let milliseconds):
            if let failed = running.first(where: { $0.id == id }), failedTail.isEmpty { failedTail = failed.step.tail }
            let suffix = BuildText.seconds(.milliseconds(milliseconds))
            return finish(id, mark: "\u{1B}[31mERROR\u{1B}[0m ", suffix: suffix, at: time)
        case .warning(let rule, let message, _):
            return above("\u{1B}[33mWARNING\u{1B}[0m \(rule): \(message)", at: time)
        case .note(let text): return above(text, at: time)
        case .result(let imageID, let tags, let steps, let cached):
            running = []
            return redraw(at: time)
                + BuildText.summary(steps: steps, cached: cached, tags: tags, imageID: imageID, time: time)
        case .error:
            running = []
            return redraw(at: time)
        }
    }

    func failure(_ message: String) -> String {
        let tail = failedTail.isEmpty ? "" : "------\n" + failedTail.joined(separator: "\n") + "\n------\n"
        return tail + "ERROR: failed to build: \(message)"
    }

    mutating func redraw(at time: Duration) -> String {
        let width = Int(Terminal.size(of: StandardStream.error.rawValue)?.columns ?? 80)
        let rows = Int(Terminal.size(of: StandardStream.error.rawValue)?.rows ?? 24)
        var lines: [String] = []
        for (_, step) in running {
            lines.append(Self.row("=> \(step.title)", BuildText.seconds(time - step.start), width: width))
            for text in step.tail.suffix(Self.tailLines) {
                lines.append("\u{1B}[2m" + Self.cut("   # \(text)", to: width) + "\u{1B}[0m")
            }
        }
        lines = Array(lines.suffix(max(1, rows - 2)))
        let text = erase() + lines.map { $0 + "\n" }.joined()
        drawnLines = lines.count
        return text
    }

    /// Moves up over what was drawn and clears it.
    private func erase() -> String {
        drawnLines == 0 ? "" : "\u{1B}[\(drawnLines)A\u{1B}[0J"
    }

    private mutating func above(_ text: String, at time: Duration) -> String {
        let cleared = erase()
        drawnLines = 0
        return cleared + text + "\n" + redraw(at: time)
    }

    private mutating func finish(_ id: Int, mark: String, suffix: String, at time: Duration) -> String {
        guard let index = running.firstIndex(where: { $0.id == id }) else { return "" }
        let step = running.remove(at: index).step
        let width = Int(Terminal.size(of: StandardStream.error.rawValue)?.columns ?? 80)
        return above(Self.row("=> \(mark)\(step.title)", suffix, width: width), at: time)
    }

    /// Text on the left, time on the right. Colour codes make the text a little shorter than it may be.
    private static func row(_ left: String, _ right: String, width: Int) -> String {
        let room = max(10, width - right.count - 1)
        let text = cut(left, to: room)
        return text + String(repeating: " ", count: max(1, room - text.count)) + right
    }

    private static func cut(_ text: String, to width: Int) -> String {
        let line = text.split(separator: "\n", omittingEmptySubsequences: false).first.map(String.init) ?? text
        return line.count <= width ? line : String(line.prefix(max(1, width - 1))) + "…"
    }
}

extension LiveBuildRenderer.Step {
    /// Splits output into lines and keeps the last ones.
    fileprivate mutating func add(_ bytes: [UInt8], keeping limit: Int) {
        partial += bytes
        var lines = partial.split(whereSeparator: { $0 == 10 || $0 == 13 })
        if let last = partial.last, last != 10, last != 13 {
            partial = lines.popLast().map(Array.init) ?? []
        } else {
            partial = []
        }
        // Control characters would move the cursor out of the block that is drawn again.
        tail += lines.map { line in String(decoding: line.filter { $0 >= 32 || $0 == 9 }, as: UTF8.self) }
        if tail.count > limit { tail.removeFirst(tail.count - limit) }
    }
}
