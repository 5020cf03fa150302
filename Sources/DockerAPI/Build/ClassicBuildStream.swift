import Builder
import Document
import OCI

/// The reply of `POST /build` in the words of the classic builder (docker-oci.md §4.4).
struct ClassicBuildStream: BuildStreamForm {
    private let isQuiet: Bool
    private let notes: [String]
    private var hasBegun = false
    /// Steps that carry out an instruction; the output of others is not part of the classic form.
    private var instructions: Set<Int> = []

    init(isQuiet: Bool, notes: [String]) {
        self.isQuiet = isQuiet
        self.notes = notes
    }

    mutating func append(_ event: BuildProgress, to bytes: inout [UInt8]) {
        guard !isQuiet else { return }
        if !hasBegun {
            hasBegun = true
            for note in notes { line("[Note] \(note)\n", to: &bytes) }
        }
        switch event {
        case .started(let info) where info.kind != .internal:
            instructions.insert(info.number)
            line("Step \(info.position)/\(info.count) : \(info.instruction)", to: &bytes)
            line("\n", to: &bytes)
        case .cached: line(" ---> Using cache\n", to: &bytes)
        case .output(let step, let output) where instructions.contains(step):
            line(String(decoding: output.bytes, as: UTF8.self), to: &bytes)
        case .warning(let warning):
            line("[Warning] \(warning.rule): \(warning.message) (line \(warning.location.range.start))\n", to: &bytes)
        case .note(let text): line(text + "\n", to: &bytes)
        default: break
        }
    }

    mutating func finish(_ result: BuildResult, to bytes: inout [UInt8]) {
        let id = result.imageID
        guard !isQuiet else { return line("\(id)\n", to: &bytes) }
        append(["aux": ["ID": .string(id.description)]], to: &bytes)
        line("Successfully built \(id.short)\n", to: &bytes)
        for tag in result.tags { line("Successfully tagged \(tag.withDefaultTag.familiar)\n", to: &bytes) }
    }

    mutating func fail(_ error: any Error, to bytes: inout [UInt8]) {
        var detail: JSONObject = [:]
        var text = BuildFailure.text(of: error)
        if let failure = error as? BuilderError, let exitCode = failure.exitCode {
            detail["code"] = .integer(Int64(exitCode))
            // Clients show this sentence and take the exit status from the code.
            text = failure.message
        }
        detail["message"] = .string(text)
        append(["errorDetail": .object(detail), "error": .string(text)], to: &bytes)
    }

    private func line(_ text: String, to bytes: inout [UInt8]) {
        append(["stream": .string(text)], to: &bytes)
    }
}
