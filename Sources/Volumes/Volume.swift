import Document
import Effects

/// A named directory that outlives containers.
public struct Volume: Sendable, Hashable {
    /// Its name; 64 hexadecimal digits when it is anonymous.
    public let name: String
    /// The directory with its content.
    public let path: String
    /// When it was made.
    public let createdAt: Timestamp
    /// Free key-value pairs.
    public let labels: [String: String]
    /// Whether no person named it; such volumes go away with their container.
    public let isAnonymous: Bool

    /// The label Docker marks anonymous volumes with.
    public static let anonymousLabel = "com.docker.volume.anonymous"
}

extension Volume {
    /// The metadata file's content.
    var json: JSONValue {
        var labelObject = JSONObject()
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) { labelObject[key] = .string(value) }
        return [
            "name": .string(name), "createdAt": .string(createdAt.rfc3339Nano), "labels": .object(labelObject),
            "anonymous": .bool(isAnonymous),
        ]
    }

    /// Reads a metadata file; nil when it is not one of ours.
    init?(json: JSONValue, path: String) {
        guard let name = json["name"]?.stringValue, let text = json["createdAt"]?.stringValue,
            let createdAt = Timestamp(rfc3339: text)
        else { return nil }
        var labels: [String: String] = [:]
        for (key, value) in json["labels"]?.objectValue ?? JSONObject() { labels[key] = value.stringValue ?? "" }
        self.init(
            name: name, path: path, createdAt: createdAt, labels: labels,
            isAnonymous: json["anonymous"]?.boolValue ?? false
        )
    }
}
