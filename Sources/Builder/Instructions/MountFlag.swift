/// One `RUN --mount` flag, taken apart but not expanded.
public struct MountFlag: Sendable, Hashable {
    /// The `key[=value]` fields in order.
    let fields: [Field]

    struct Field: Sendable, Hashable {
        let key: String
        let value: String?
    }

    private static let keys = [
        "type", "target", "dst", "destination", "source", "src", "from", "rw", "readwrite", "ro", "readonly", "id",
        "sharing", "mode", "uid", "gid", "size", "required", "env",
    ]

    /// Splits the comma-separated list; a field may be quoted as in CSV.
    ///
    /// - Throws: `BuilderError` `.invalidValue` for an unknown key, with a suggestion.
    init(_ text: String) throws(BuilderError) {
        var fields: [Field] = []
        for field in Self.split(text) {
            let equals = field.firstIndex(of: "=")
            let key = String(field[..<(equals ?? field.endIndex)]).lowercased()
            guard Self.keys.contains(key) else {
                let hint = Suggestion.phrase(for: key, among: Self.keys)
                throw BuilderError(.invalidValue, "unexpected key '\(key)' in --mount field '\(field)'\(hint)")
            }
            fields.append(Field(key: key, value: equals.map { String(field[field.index(after: $0)...]) }))
        }
        self.fields = fields
    }

    private static func split(_ text: String) -> [String] {
        var fields: [String] = []
        var field = ""
        var quoted = false
        for character in text {
            switch character {
            case "\"": quoted.toggle()
            case "," where !quoted:
                fields.append(field)
                field = ""
            default: field.append(character)
            }
        }
        fields.append(field)
        return fields
    }
}

/// A `RUN --mount` after expansion.
public enum RunMount: Sendable, Hashable {
    /// A part of the context, a stage or an image.
    case bind(Bind)
    /// A directory that outlives the build.
    case cache(Cache)
    /// An empty file system in memory.
    case tmpfs(target: String, sizeBytes: Int64?)
    /// A secret's file or variable.
    case secret(Secret)

    /// `type=bind`.
    public struct Bind: Sendable, Hashable {
        /// A stage, its index or an image; nil for the context.
        public var from: String?
        /// The path inside the source.
        public var source: String
        /// Absolute path in the container.
        public var target: String
        /// Whether writes are allowed; they are thrown away.
        public var isWritable: Bool
    }

    /// `type=cache`.
    public struct Cache: Sendable, Hashable {
        /// The name under which the directory is kept.
        public var id: String
        /// Absolute path in the container.
        public var target: String
        /// Whether steps that use it at the same time wait for each other.
        public var sharing: Sharing
        /// Whether writes are refused.
        public var isReadOnly: Bool
        /// Mode of a new directory.
        public var mode: UInt32
        /// Owner of a new directory.
        public var uid: UInt32
        /// Group of a new directory.
        public var gid: UInt32
    }

    /// `type=secret`.
    public struct Secret: Sendable, Hashable {
        /// The secret's name in the request.
        public var id: String
        /// The file it appears as; nil when only a variable is wanted.
        public var target: String?
        /// The variable it appears as.
        public var variable: String?
        /// Whether its absence is an error.
        public var isRequired: Bool
        /// The file's mode.
        public var mode: UInt32
        /// The file's owner.
        public var uid: UInt32
        /// The file's group.
        public var gid: UInt32
    }

    /// How a cache directory is shared between steps that run at the same time.
    public enum Sharing: String, Sendable, Hashable, CaseIterable {
        case shared, `private`, locked
    }
}
