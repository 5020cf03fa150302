import Builder
import Document
import HTTPService
import OCI

/// The query of `POST /build` (docker-oci.md §4.4).
struct ClassicBuildParameters {
    /// The build without its context.
    var request = BuildRequest()
    /// Whether only the image's id is wanted.
    let isQuiet: Bool
    /// Options that were given and have no effect, in words for the stream.
    private(set) var notes: [String] = []

    /// Options that would change the result or the steps' limits: refused rather than ignored.
    private static let unsupported = [
        "memory", "memswap", "cpuperiod", "cpuquota", "cpushares", "cpusetcpus", "cpusetmems", "shmsize",
        "cgroupparent", "ulimits", "squash", "isolation", "securityopt", "remote", "outputs",
    ]
    private static let empty: Set<String> = ["", "0", "false", "null", "[]", "{}", "client-session"]

    /// Reads the query.
    ///
    /// - Throws: `EngineError` `.invalid` or `.notImplemented` naming the parameter.
    init(_ query: QueryItems) throws {
        isQuiet = Self.flag(query, "q")
        for name in Self.unsupported {
            if let value = query[name], !Self.empty.contains(value.lowercased()) {
                throw EngineError(
                    .notImplemented, "build option \(name)=\(value) is not supported by skiff: leave it out")
            }
        }
        if let version = query["version"], version != "1", !version.isEmpty {
            throw EngineError(
                .notImplemented, "builder version \(version) is not spoken here: use DOCKER_BUILDKIT=0 or skiff build")
        }
        request.dockerfilePath = query["dockerfile"].flatMap { $0.isEmpty ? nil : $0 } ?? "Dockerfile"
        for tag in query.all("t") where !tag.isEmpty { request.tags.append(try Reference(tag)) }
        request.target = query["target"].flatMap { $0.isEmpty ? nil : $0 }
        request.arguments = try Self.map(query, "buildargs")
        for (key, value) in try Self.map(query, "labels") { request.labels[key] = value ?? "" }
        request.ignoresCache = Self.flag(query, "nocache")
        request.pullsBases = Self.flag(query, "pull")
        request.network = BuildParameterText.network(query["networkmode"] ?? "")
        request.extraHosts = query.all("extrahosts").flatMap { $0.split(separator: ",").map(String.init) }
        if let platform = query["platform"], !platform.isEmpty { request.platform = try OCIPlatform(platform) }
        if let sources = query["cachefrom"], !Self.empty.contains(sources) {
            notes.append("cache-from \(sources) is not used: skiff keeps its own build cache")
        }
    }

    private static func flag(_ query: QueryItems, _ name: String) -> Bool {
        query[name].map { !empty.contains($0.lowercased()) } ?? false
    }

    /// A JSON object of strings; null values stay nil.
    private static func map(_ query: QueryItems, _ name: String) throws -> [String: String?] {
        guard let text = query[name], !text.isEmpty else { return [:] }
        guard let value = try? JSONReader.parse(Array(text.utf8)) else {
            throw EngineError(.invalid, "\(name) is no JSON: \(text)")
        }
        return try BuildParameterText.map(value, name)
    }
}

/// Values that both build routes read in the same way.
enum BuildParameterText {
    /// Docker's words for networks; anything else is a network's name.
    static func network(_ text: String) -> StepNetwork {
        switch text {
        case "", "default", "bridge": .sandbox
        case "none": .none
        case "host": .host
        default: .named(text)
        }
    }

    /// A JSON object of strings and nulls; null itself is empty.
    static func map(_ value: JSONValue, _ name: String) throws -> [String: String?] {
        if case .null = value { return [:] }
        guard case .object(let object) = value else { throw EngineError(.invalid, "\(name) must be a JSON object") }
        var result: [String: String?] = [:]
        for (key, value) in object {
            switch value {
            case .string(let text): result[key] = text
            case .null: result.updateValue(nil, forKey: key)
            default: throw EngineError(.invalid, "\(name): the value of \(key) must be a string")
            }
        }
        return result
    }
}
