import Document
import Images
import OCI

/// The steps of a pull or push in the words of the Engine API's progress stream.
enum TransferMessages {
    static func pull(_ step: TransferProgress.Step) -> JSONValue? {
        switch step {
        case .started(let reference):
            ["status": .string("Pulling from \(reference.repository)"), "id": .string(tag(of: reference))]
        case .present(let digest): layer(digest, "Already exists")
        case .waiting(let digest): layer(digest, "Pulling fs layer")
        case .transferring(let digest, let done, let total): layer(digest, "Downloading", done, total)
        case .transferred(let digest): layer(digest, "Download complete")
        case .extracting(let digest): layer(digest, "Extracting")
        case .ready(let digest): layer(digest, "Pull complete")
        case .mounted: nil
        case .note(let text): ["status": .string(text)]
        }
    }

    static func push(_ step: TransferProgress.Step) -> JSONValue? {
        switch step {
        case .started(let reference): ["status": .string("The push refers to repository [\(reference.name)]")]
        case .present(let digest): layer(digest, "Layer already exists")
        case .waiting(let digest): layer(digest, "Preparing")
        case .transferring(let digest, let done, let total): layer(digest, "Pushing", done, total)
        case .transferred(let digest): layer(digest, "Pushed")
        case .mounted(let digest, let from): layer(digest, "Mounted from \(from)")
        case .extracting, .ready: nil
        case .note(let text): ["status": .string(text)]
        }
    }

    private static func tag(of reference: Reference) -> String {
        reference.digest?.description ?? reference.tag ?? Reference.defaultTag
    }

    private static func layer(_ digest: Digest, _ status: String) -> JSONValue {
        ["status": .string(status), "progressDetail": [:], "id": .string(digest.short)]
    }

    private static func layer(_ digest: Digest, _ status: String, _ done: Int64, _ total: Int64) -> JSONValue {
        [
            "status": .string(status), "id": .string(digest.short),
            "progressDetail": ["current": .integer(done), "total": .integer(total)],
            "progress": .string(bar(done, total)),
        ]
    }

    /// `[=====>     ]  12.5MB/40MB`, as terminals show it.
    private static func bar(_ done: Int64, _ total: Int64) -> String {
        let width = 50
        let filled = total > 0 ? min(width, Int(done * Int64(width) / total)) : width
        let head = filled < width ? ">" : ""
        let line = String(repeating: "=", count: max(0, filled - head.count)) + head
        let padded = line + String(repeating: " ", count: width - line.count)
        return "[\(padded)]  \(size(done))/\(size(total))"
    }

    private static func size(_ bytes: Int64) -> String {
        var value = Double(bytes)
        var unit = "B"
        for next in ["kB", "MB", "GB", "TB"] where value >= 1000 {
            value /= 1000
            unit = next
        }
        let tenths = Int64(value * 10)
        return tenths >= 1000 || unit == "B" ? "\(tenths / 10)\(unit)" : "\(tenths / 10).\(tenths % 10)\(unit)"
    }
}
