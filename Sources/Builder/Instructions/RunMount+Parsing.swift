extension RunMount {
    /// Checks and types the expanded fields of a `--mount` flag.
    ///
    /// - Parameter workingDirectory: what a relative target is joined to.
    /// - Throws: `BuilderError` `.invalidValue` or, for `type=ssh`, `.unsupported`; without a place.
    init(_ fields: [MountFlag.Field], workingDirectory: String) throws(BuilderError) {
        var values = MountValues(fields)
        let type = values.take("type") ?? "bind"
        let target = try Self.target(&values, workingDirectory: workingDirectory)
        switch type {
        case "bind": self = .bind(try Self.bind(&values, target: target))
        case "cache": self = .cache(try Self.cache(&values, target: target))
        case "tmpfs": self = .tmpfs(target: try Self.required(target, type), sizeBytes: try values.size("size"))
        case "secret": self = .secret(try Self.secret(&values, target: target))
        case "ssh":
            throw BuilderError(
                .unsupported, "RUN --mount=type=ssh is not supported by skiff: fetch in a step before, or use a secret")
        default:
            let hint = Suggestion.phrase(for: type, among: ["bind", "cache", "tmpfs", "secret", "ssh"])
            throw BuilderError(.invalidValue, "unsupported mount type \"\(type)\"\(hint)")
        }
        try values.refuseRest(type: type)
    }

    private static func target(
        _ values: inout MountValues, workingDirectory: String
    ) throws(BuilderError) -> String? {
        guard let text = values.take("target") ?? values.take("dst") ?? values.take("destination") else { return nil }
        let path = PathText.absolute(text, in: workingDirectory)
        guard path != "/" else {
            throw BuilderError(.invalidValue, "invalid mount target \"\(text)\": / is not allowed")
        }
        return path
    }

    private static func required(_ target: String?, _ type: String) throws(BuilderError) -> String {
        guard let target else { throw BuilderError(.invalidValue, "--mount=type=\(type) needs a target") }
        return target
    }

    private static func bind(_ values: inout MountValues, target: String?) throws(BuilderError) -> Bind {
        let from = values.take("from")
        let source = values.take("source") ?? values.take("src") ?? "/"
        let writable = try values.flag("rw", "readwrite")
        let readOnly = try values.flag("ro", "readonly")
        return Bind(
            from: from, source: PathText.clean("/" + source), target: try required(target, "bind"),
            isWritable: writable ?? !(readOnly ?? true))
    }

    private static func cache(_ values: inout MountValues, target: String?) throws(BuilderError) -> Cache {
        let target = try required(target, "cache")
        for key in ["from", "source", "src"] where values.has(key) {
            throw BuilderError(
                .unsupported, "--mount=type=cache with \(key) is not supported by skiff: fill the cache in the step")
        }
        let text = values.take("sharing") ?? "shared"
        guard let sharing = Sharing(rawValue: text) else {
            throw BuilderError(.invalidValue, "unsupported sharing value \"\(text)\": use shared, private or locked")
        }
        let readOnly = try values.flag("ro", "readonly")
        let writable = try values.flag("rw", "readwrite")
        return Cache(
            id: values.take("id") ?? target, target: target, sharing: sharing,
            isReadOnly: readOnly ?? !(writable ?? true), mode: try values.octal("mode") ?? 0o755,
            uid: try values.number("uid") ?? 0, gid: try values.number("gid") ?? 0)
    }

    private static func secret(_ values: inout MountValues, target: String?) throws(BuilderError) -> Secret {
        let variable = values.take("env")
        let named = values.take("id") ?? values.take("source") ?? values.take("src")
        guard let id = named ?? target.map(PathText.lastComponent) ?? variable else {
            throw BuilderError(.invalidValue, "--mount=type=secret needs an id or a target")
        }
        let file = target ?? (variable == nil ? "/run/secrets/" + PathText.lastComponent(id) : nil)
        return Secret(
            id: id, target: file, variable: variable, isRequired: try values.flag("required") ?? false,
            mode: try values.octal("mode") ?? 0o400, uid: try values.number("uid") ?? 0,
            gid: try values.number("gid") ?? 0)
    }
}

/// The fields of a `--mount` flag while they are being consumed.
private struct MountValues {
    private var values: [String: String?] = [:]

    init(_ fields: [MountFlag.Field]) {
        for field in fields { values[field.key] = .some(field.value) }
    }

    func has(_ key: String) -> Bool { values[key] != nil }

    mutating func take(_ key: String) -> String? {
        values.removeValue(forKey: key) ?? nil
    }

    /// The value of a flag that may be spelt in several ways; the first spelling found wins.
    mutating func flag(_ keys: String...) throws(BuilderError) -> Bool? {
        guard let key = keys.first(where: has), let entry = values.removeValue(forKey: key) else { return nil }
        switch entry?.lowercased() {
        case nil, "true", "1": return true
        case "false", "0": return false
        case .some(let other):
            throw BuilderError(.invalidValue, "invalid value for \(key) in --mount: \(other)")
        }
    }

    mutating func octal(_ key: String) throws(BuilderError) -> UInt32? {
        guard let text = take(key) else { return nil }
        guard let value = UInt32(text, radix: 8), value <= 0o7777 else {
            throw BuilderError(
                .invalidValue, "invalid value \"\(text)\" for \(key) in --mount: an octal mode is wanted")
        }
        return value
    }

    mutating func number(_ key: String) throws(BuilderError) -> UInt32? {
        guard let text = take(key) else { return nil }
        guard let value = UInt32(text) else {
            throw BuilderError(.invalidValue, "invalid value \"\(text)\" for \(key) in --mount: a number is wanted")
        }
        return value
    }

    /// Bytes with an optional suffix `b`, `k`, `m`, `g`, `t`, powers of 1024.
    mutating func size(_ key: String) throws(BuilderError) -> Int64? {
        guard let text = take(key) else { return nil }
        let lowered = text.lowercased()
        let digits = lowered.prefix { $0.isASCII && $0.isNumber }
        let suffixes = ["": 0, "b": 0, "k": 10, "kb": 10, "m": 20, "mb": 20, "g": 30, "gb": 30, "t": 40, "tb": 40]
        guard let count = Int64(digits), let shift = suffixes[String(lowered[digits.endIndex...])],
            count <= Int64.max >> shift
        else { throw BuilderError(.invalidValue, "invalid value \"\(text)\" for \(key) in --mount") }
        return count << shift
    }

    func refuseRest(type: String) throws(BuilderError) {
        guard let key = values.keys.sorted().first else { return }
        throw BuilderError(.invalidValue, "key '\(key)' is not allowed for --mount=type=\(type)")
    }
}
