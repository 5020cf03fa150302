import Clients
import Document
import SystemLinux

/// One object of a manifest, and where it stands.
struct Manifest {
    /// The object.
    let object: JSONValue
    /// File name, or `stdin`.
    let source: String
    private let document: YAMLDocument
    /// Where the object is inside its document: empty, or the place in a List.
    private let prefix: [String]

    let apiVersion: String
    let kind: String
    let name: String
    let namespace: String?

    /// Files and folders (`.yaml`, `.yml`, `.json`, sorted, not recursive unless asked), or `-` for standard input.
    static func read(_ paths: [String], recursive: Bool) throws -> [Manifest] {
        var manifests: [Manifest] = []
        for path in paths {
            if path == "-" {
                manifests += try parse(readStandardInput(), source: "stdin")
                continue
            }
            guard !path.hasPrefix("http://"), !path.hasPrefix("https://") else {
                throw CommandFailure("\(path): manifests are read from files; download it first")
            }
            for file in try files(at: path, recursive: recursive) {
                manifests += try parse(try File.read(file), source: file)
            }
        }
        guard !manifests.isEmpty else { throw CommandFailure("no objects in \(paths.joined(separator: ", "))") }
        return manifests
    }

    private static func files(at path: String, recursive: Bool) throws -> [String] {
        guard File.exists(path) else { throw CommandFailure("\(path): no such file or folder") }
        guard Directory.isDirectory(path) else { return [path] }
        var found: [String] = []
        for entry in try Directory.entries(path).sorted(by: { $0.name < $1.name }) {
            let inner = "\(path)/\(entry.name)"
            if Directory.isDirectory(inner) {
                if recursive { found += try files(at: inner, recursive: true) }
            } else if [".yaml", ".yml", ".json"].contains(where: { entry.name.hasSuffix($0) }) {
                found.append(inner)
            }
        }
        return found
    }

    private static func readStandardInput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = try StandardStream.input.read(upTo: 64 * 1024)
            if piece.isEmpty { return bytes }
            bytes += piece
        }
    }

    /// All objects of a text, Lists taken apart.
    static func parse(_ bytes: [UInt8], source: String) throws -> [Manifest] {
        var manifests: [Manifest] = []
        let documents: [YAMLDocument]
        do { documents = try YAMLReader.parse(bytes, source: source) } catch {
            let place = error.position.map { ":\($0.line):\($0.column)" } ?? ""
            throw CommandFailure("\(source)\(place): \(error.message)")
        }
        for document in documents where !document.value.isNull {
            if document.value["kind"]?.stringValue?.hasSuffix("List") == true,
                let items = document.value["items"]?.arrayValue
            {
                for (index, item) in items.enumerated() {
                    manifests.append(try Manifest(item, document, ["items", "\(index)"], source))
                }
            } else {
                manifests.append(try Manifest(document.value, document, [], source))
            }
        }
        return manifests
    }

    private init(_ object: JSONValue, _ document: YAMLDocument, _ prefix: [String], _ source: String) throws {
        self.object = object
        self.document = document
        self.prefix = prefix
        self.source = source
        func text(_ path: [String]) throws -> String {
            if let text = object.at(path)?.stringValue, !text.isEmpty { return text }
            let position = document.position(of: JSONPointer(tokens: prefix + path))
            let name = path.joined(separator: ".")
            throw CommandFailure("\(source):\(position.line):\(position.column): \(name) is missing or no text")
        }
        apiVersion = try text(["apiVersion"])
        kind = try text(["kind"])
        name = try text(["metadata", "name"])
        namespace = object["metadata"]?["namespace"]?.stringValue
    }

    /// `file:line:column` of a field, named as the server names it (`spec.containers[0].image`).
    func place(of field: String) -> String {
        let position = document.position(of: JSONPointer(tokens: prefix + FieldName.tokens(field)))
        return "\(source):\(position.line):\(position.column)"
    }

    /// `file:line:column` of the object.
    var place: String { place(of: "") }

    /// The server's refusal with the places of the fields it names, one per line.
    func explain(_ error: KubernetesClientError) -> CommandFailure {
        var causes =
            error.status?["details"]?["causes"]?.arrayValue?.compactMap { cause -> (String, String)? in
                guard let field = cause["field"]?.stringValue, let message = cause["message"]?.stringValue else {
                    return nil
                }
                return (field, "\(field): \(message)")
            } ?? []
        if causes.isEmpty {
            causes = FieldName.quoted(in: error.message).map { ($0.field, "\($0.problem) \"\($0.field)\"") }
        }
        if let mistyped = FieldName.mistyped(in: error.message) {
            causes = [(mistyped.field, "\(mistyped.field): \(mistyped.problem)")]
        }
        guard !causes.isEmpty else {
            let field = error.code == .unknownResource ? "kind" : ""
            return CommandFailure("\(place(of: field)): \(error.message)")
        }
        let lines = causes.map { "\(place(of: $0.0)): \($0.1)" }
        return CommandFailure(lines.joined(separator: "\n") + "\n\(kind.lowercased()) \"\(name)\" was refused")
    }
}

/// Field names as the API writes them.
enum FieldName {
    /// `spec.containers[0].ports[a.b]` → spec, containers, 0, ports, a.b.
    static func tokens(_ field: String) -> [String] {
        var tokens: [String] = []
        var current = ""
        var isInside = false
        for character in field {
            switch character {
            case "." where !isInside:
                if !current.isEmpty { tokens.append(current) }
                current = ""
            case "[" where !isInside:
                if !current.isEmpty { tokens.append(current) }
                current = ""
                isInside = true
            case "]" where isInside:
                tokens.append(current.filter { $0 != "\"" })
                current = ""
                isInside = false
            default:
                current.append(character)
            }
        }
        if !current.isEmpty { tokens.append(current) }
        return tokens
    }

    /// The fields of `strict decoding error: unknown field "spec.foo", duplicate field "x"`.
    static func quoted(in message: String) -> [(problem: String, field: String)] {
        var found: [(String, String)] = []
        for problem in ["unknown field", "duplicate field"] {
            for piece in message.split(separator: "\(problem) \"", omittingEmptySubsequences: false).dropFirst() {
                if let end = piece.firstIndex(of: "\"") { found.append((problem, String(piece[..<end]))) }
            }
        }
        return found
    }

    /// The field of `Deployment in version "v1" cannot be handled as a Deployment: spec.replicas: expected integer, …`.
    static func mistyped(in message: String) -> (problem: String, field: String)? {
        guard let mark = message.firstRange(of: " cannot be handled as a ") else { return nil }
        let parts = message[mark.upperBound...].split(separator: ": ", maxSplits: 2)
        guard parts.count == 3, !parts[1].contains(" ") else { return nil }
        return (String(parts[2]), String(parts[1]))
    }
}
