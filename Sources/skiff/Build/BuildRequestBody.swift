import ArgumentParser
import Document
import SystemLinux

/// The JSON body of a build, from what the command line says.
struct BuildRequestBody {
    private static let maximumSecretBytes = 500 * 1024
    private static let maximumDockerfileBytes = 4 << 20

    private let command: BuildCommand

    init(_ command: BuildCommand) { self.command = command }

    func json() throws -> JSONValue {
        var body: JSONObject = [:]
        try addContext(to: &body)
        body["tags"] = .array(command.tag.map { .string($0) })
        body["buildArgs"] = .object(try arguments())
        body["labels"] = .object(try labels())
        body["extraHosts"] = .array(try command.addHost.map { .string(try host($0)) })
        if !command.secret.isEmpty { body["secrets"] = .object(try secrets()) }
        for (name, value) in [
            ("target", command.target), ("network", command.network), ("platform", command.platform),
        ] {
            if let value { body[name] = .string(value) }
        }
        if command.noCache { body["noCache"] = true }
        if command.pull { body["pull"] = true }
        return .object(body)
    }

    /// The Dockerfile is read here, so that it may lie outside of the context; the context is read by the daemon.
    private func addContext(to body: inout JSONObject) throws {
        let readsInput = command.context == "-"
        guard !(readsInput && command.file != nil) else {
            throw ValidationError("-f cannot be used when the Dockerfile comes from standard input as the context")
        }
        if !readsInput {
            let path = try absolute(command.context)
            let status: FileStatus
            do { status = try File.status(path) } catch {
                throw CommandFailure("cannot use \(command.context) as build context: \(error.message)")
            }
            guard status.kind == .directory else {
                throw CommandFailure(
                    "the build context \(command.context) is no directory; name the Dockerfile with -f")
            }
            body["context"] = ["path": .string(path), "inode": .string("\(status.device):\(status.inode)")]
        }
        if readsInput || command.file == "-" {
            let bytes = try readInput()
            guard !Self.looksLikeArchive(bytes) else {
                throw CommandFailure("standard input is an archive: unpack it into a directory and build that")
            }
            body["dockerfile"] = Self.file("Dockerfile", bytes)
            return
        }
        let path = try command.file.map { try absolute($0) } ?? absolute(command.context) + "/Dockerfile"
        let shown = command.file ?? "Dockerfile"
        guard File.exists(path) else {
            throw CommandFailure("there is no Dockerfile at \(path): name it with -f")
        }
        body["dockerfile"] = Self.file(shown, try File.read(path, limit: Self.maximumDockerfileBytes))
        if File.exists(path + ".dockerignore") {
            let bytes = try File.read(path + ".dockerignore", limit: Self.maximumDockerfileBytes)
            body["ignoreFile"] = Self.file(shown + ".dockerignore", bytes)
        }
    }

    private static func file(_ name: String, _ bytes: [UInt8]) -> JSONValue {
        ["name": .string(name), "content": .string(Base64.encode(bytes))]
    }

    /// A tar, or something gzip, bzip2, xz or zstd made.
    private static func looksLikeArchive(_ bytes: [UInt8]) -> Bool {
        let marks: [[UInt8]] = [[0x1F, 0x8B], [0x42, 0x5A, 0x68], [0xFD, 0x37, 0x7A], [0x28, 0xB5, 0x2F, 0xFD]]
        return marks.contains { bytes.starts(with: $0) } || bytes.dropFirst(257).starts(with: Array("ustar".utf8))
    }

    private func readInput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let part = try StandardStream.input.read(upTo: 64 * 1024)
            if part.isEmpty { return bytes }
            bytes += part
            guard bytes.count <= Self.maximumDockerfileBytes || Self.looksLikeArchive(bytes) else {
                throw CommandFailure(
                    "the Dockerfile on standard input is larger than \(Self.maximumDockerfileBytes) bytes")
            }
            if bytes.count > Self.maximumDockerfileBytes { return bytes }
        }
    }

    private func absolute(_ path: String) throws -> String {
        if path.hasPrefix("/") { return path }
        return try File.readLink("/proc/self/cwd") + "/" + path
    }

    /// `NAME=value`; a name alone takes the environment's value, or none.
    private func arguments() throws -> JSONObject {
        var arguments: JSONObject = [:]
        for text in command.buildArgument {
            let (name, value) = Self.split(text)
            guard !name.isEmpty else { throw ValidationError("--build-arg \(text) has no name") }
            arguments[name] = (value ?? ProcessEnvironment.value(name)).map { .string($0) } ?? .null
        }
        return arguments
    }

    private func labels() throws -> JSONObject {
        var labels: JSONObject = [:]
        for text in command.label {
            let (name, value) = Self.split(text)
            guard !name.isEmpty else { throw ValidationError("--label \(text) has no key") }
            labels[name] = .string(value ?? "")
        }
        return labels
    }

    private func host(_ text: String) throws -> String {
        // Docker takes both name:address and name=address.
        guard let mark = text.firstIndex(where: { $0 == ":" || $0 == "=" }), mark != text.startIndex else {
            throw ValidationError("--add-host \(text) is not name:address")
        }
        return text[..<mark] + ":" + text[text.index(after: mark)...]
    }

    private func secrets() throws -> JSONObject {
        var secrets: JSONObject = [:]
        for text in command.secret {
            var fields: [String: String] = [:]
            for field in text.split(separator: ",") {
                let (name, value) = Self.split(String(field))
                fields[name] = value ?? ""
            }
            guard let id = fields["id"], !id.isEmpty else { throw ValidationError("--secret \(text) has no id=") }
            if let variable = fields["env"] {
                guard let value = ProcessEnvironment.value(variable) else {
                    throw CommandFailure("--secret \(id): the environment has no variable \(variable)")
                }
                secrets[id] = .string(Base64.encode(Array(value.utf8)))
            } else {
                let path = fields["src"] ?? fields["source"] ?? id
                secrets[id] = .string(Base64.encode(try File.read(path, limit: Self.maximumSecretBytes)))
            }
        }
        return secrets
    }

    private static func split(_ text: String) -> (name: String, value: String?) {
        guard let equals = text.firstIndex(of: "=") else { return (text, nil) }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
}
