/// A build as lines of a log, in BuildKit's form: `#5 [2/4] RUN make`, `#5 0.512 output`, `#5 DONE 3.2s`.
struct PlainBuildRenderer: BuildRenderer {
    private struct Step {
        let shownNumber: Int
        let title: String
        let start: Duration
        var partial: [UInt8] = []
        var hasOutput = false
    }

    private var steps: [Int: Step] = [:]
    private var nextNumber = 1
    private var lastShown: Int?

    mutating func render(_ message: BuildMessage, at time: Duration) -> String {
        switch message {
        case .started(let id, let kind, let title):
            // Steps that only change the configuration take no time worth a line.
            guard kind != "metadata" else { return "" }
            steps[id] = Step(shownNumber: nextNumber, title: title, start: time)
            nextNumber += 1
            return line(id, title)
        case .missed(let id, let changed):
            guard !changed.isEmpty else { return "" }
            return line(id, "changed since the last build: \(changed.joined(separator: ", "))")
        case .cached(let id): return end(id, "CACHED", at: time)
        case .output(let id, let bytes): return output(id, bytes, at: time)
        case .finished(let id, let milliseconds):
            return end(id, "DONE \(BuildText.seconds(.milliseconds(milliseconds)))", at: time)
        case .failed(let id, let message, _): return end(id, "ERROR: \(message)", at: time)
        case .warning(let rule, let message, let excerpt): return "\nWARNING \(rule): \(message)\n\(excerpt)\n"
        case .note(let text): return text + "\n"
        case .result(let imageID, let tags, let steps, let cached):
            return BuildText.summary(steps: steps, cached: cached, tags: tags, imageID: imageID, time: time)
        case .error: return ""
        }
    }

    /// A line of a step; the step's name comes again when another one was shown in between.
    private mutating func line(_ id: Int, _ text: String) -> String {
        guard let step = steps[id] else { return "" }
        var result = ""
        if lastShown != nil, lastShown != id {
            result += "\n"
            if text != step.title { result += "#\(step.shownNumber) \(step.title)\n" }
        }
        lastShown = id
        return result + "#\(step.shownNumber) \(text)\n"
    }

    private mutating func output(_ id: Int, _ bytes: [UInt8], at time: Duration) -> String {
        guard var step = steps[id] else { return "" }
        step.partial += bytes
        var lines = step.partial.split(separator: 10, omittingEmptySubsequences: false)
        step.partial = lines.popLast().map(Array.init) ?? []
        steps[id] = step
        let stamp = BuildText.fraction(time - step.start)
        return lines.map { self.line(id, "\(stamp) \(Self.text($0))") }.joined()
    }

    private mutating func end(_ id: Int, _ word: String, at time: Duration) -> String {
        guard let step = steps[id] else { return "" }
        var result = ""
        if !step.partial.isEmpty {
            result += line(id, "\(BuildText.fraction(time - step.start)) \(Self.text(step.partial[...]))")
        }
        result += line(id, word)
        steps[id] = nil
        return result
    }

    private static func text(_ line: ArraySlice<UInt8>) -> String {
        // A carriage return rewrites the line on a terminal; in a log only the last state is of use.
        var content = line
        if content.last == 13 { content = content.dropLast() }
        if let mark = content.lastIndex(of: 13) { content = content[(mark + 1)...] }
        return String(decoding: content, as: UTF8.self)
    }
}
