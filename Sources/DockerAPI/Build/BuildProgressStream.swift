import Builder
import Document
import OCI

/// The reply of `/skiff/v1/build`: one JSON object per line with one field that names the event.
struct BuildProgressStream: BuildStreamForm {
    mutating func append(_ event: BuildProgress, to bytes: inout [UInt8]) {
        append(Self.value(of: event), to: &bytes)
    }

    mutating func finish(_ result: BuildResult, to bytes: inout [UInt8]) {
        append(
            [
                "result": [
                    "imageID": .string(result.imageID.description), "manifest": .string(result.manifest.description),
                    "tags": .array(result.tags.map { .string($0.withDefaultTag.familiar) }),
                    "steps": .integer(Int64(result.stepCount)), "cached": .integer(Int64(result.cachedCount)),
                ]
            ], to: &bytes)
    }

    mutating func fail(_ error: any Error, to bytes: inout [UInt8]) {
        let code = (error as? BuilderError).map { $0.code.description } ?? "internal"
        append(
            [
                "error": [
                    "message": .string(BuildFailure.text(of: error)), "code": .string(code),
                    "exitCode": .integer(Int64(BuildFailure.exitCode(of: error))),
                ]
            ], to: &bytes)
    }

    private static func value(of event: BuildProgress) -> JSONValue {
        switch event {
        case .started(let info):
            [
                "started": [
                    "step": .integer(Int64(info.number)), "kind": .string(info.kind.rawValue),
                    "title": .string(info.title), "position": .integer(Int64(info.position)),
                    "count": .integer(Int64(info.count)),
                ]
            ]
        case .missed(let step, let changed):
            ["missed": ["step": .integer(Int64(step)), "changed": .array(changed.map { .string($0) })]]
        case .cached(let step): ["cached": ["step": .integer(Int64(step))]]
        case .output(let step, let output):
            [
                "output": [
                    "step": .integer(Int64(step)), "stream": .string(output.stream.rawValue),
                    "data": .string(Base64.encode(output.bytes)),
                ]
            ]
        case .finished(let step, let milliseconds):
            ["finished": ["step": .integer(Int64(step)), "milliseconds": .integer(Int64(milliseconds))]]
        case .failed(let step, let message, let milliseconds):
            [
                "failed": [
                    "step": .integer(Int64(step)), "message": .string(message),
                    "milliseconds": .integer(Int64(milliseconds)),
                ]
            ]
        case .warning(let warning):
            [
                "warning": [
                    "rule": .string(warning.rule), "message": .string(warning.message),
                    "file": .string(warning.location.file), "line": .integer(Int64(warning.location.range.start)),
                    "excerpt": .string(warning.location.excerpt),
                ]
            ]
        case .note(let text): ["note": ["text": .string(text)]]
        }
    }
}
