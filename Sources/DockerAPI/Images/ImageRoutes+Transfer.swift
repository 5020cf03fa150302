import Document
import EventBus
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Images
import NIOCore
import OCI
import Registry

extension ImageRoutes {
    /// `POST /images/create`: a pull, or with `fromSrc` an import.
    func create(_ request: Request, _ context: ServiceContext) async throws -> Response {
        if let source = request.queryItems["fromSrc"] { return try await importArchive(source, request, context) }
        guard let name = request.queryItems["fromImage"], !name.isEmpty else {
            throw EngineError(.invalid, "parameter fromImage or fromSrc is missing")
        }
        let reference = try Self.reference(name, tag: request.queryItems["tag"]).withDefaultTag
        let platform = try Self.platform(request.queryItems["platform"])
        let credentials = try RegistryAuthHeader.credentials(request)
        let cause = context.cause
        return try await ImageProgressStream.reply { emit in
            let before = try await images.find(reference)?.id
            let progress = TransferProgress { step in TransferMessages.pull(step).map(emit) }
            let image = try await pull(reference, platform, credentials, progress, cause)
            let tag = try await images.storedTag(images.localName(reference))
            emit(["status": .string("Digest: \(reference.digest ?? tag?.target ?? image.manifest.digest)")])
            let news = before == image.id ? "Image is up to date for" : "Downloaded newer image for"
            emit(["status": .string("Status: \(news) \(reference.familiar)")])
        }
    }

    /// A tag that was made here is its own authority: asking for it again changes nothing.
    private func pull(
        _ reference: Reference, _ platform: OCIPlatform, _ credentials: RegistryCredentials?,
        _ progress: TransferProgress, _ cause: Cause
    ) async throws -> Image {
        try await images.ensure(
            reference, policy: .always, platform: platform, credentials: credentials, progress: progress, cause: cause
        )
    }

    func push(_ name: String, _ request: Request, _ context: ServiceContext) async throws -> Response {
        let reference = try Self.reference(name, tag: request.queryItems["tag"]).withDefaultTag
        let credentials = try RegistryAuthHeader.credentials(request)
        let cause = context.cause
        return try await ImageProgressStream.reply { emit in
            let progress = TransferProgress { step in TransferMessages.push(step).map(emit) }
            let pushed = try await images.push(reference, credentials: credentials, progress: progress, cause: cause)
            let tag = reference.tag ?? Reference.defaultTag
            emit(["status": .string("\(tag): digest: \(pushed.digest) size: \(pushed.sizeBytes)")])
            emit([
                "progressDetail": [:],
                "aux": [
                    "Tag": .string(tag), "Digest": .string(pushed.digest.description),
                    "Size": .integer(pushed.sizeBytes),
                ],
            ])
        }
    }

    func load(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let spool = try await spool(request.body)
        let cause = context.cause
        return try await ImageProgressStream.reply { emit in
            for image in try await images.load(spool, cause: cause) {
                switch image {
                case .tagged(let reference): emit(["stream": .string("Loaded image: \(reference.familiar)\n")])
                case .untagged(let id): emit(["stream": .string("Loaded image ID: \(id)\n")])
                }
            }
        }
    }

    private func importArchive(
        _ source: String, _ request: Request, _ context: ServiceContext
    ) async throws -> Response {
        guard source == "-" else {
            throw EngineError(
                .notImplemented, "importing from \(source) is not supported; download it and use fromSrc=-")
        }
        var tags: [Reference] = []
        if let repository = request.queryItems["repo"], !repository.isEmpty {
            tags.append(try Self.reference(repository, tag: request.queryItems["tag"]).withDefaultTag)
        }
        let changes = try request.queryItems.all("changes").map { try ImageChange($0) }
        let platform = try Self.platform(request.queryItems["platform"])
        let spool = try await spool(request.body)
        let image = try await images.importArchive(
            spool, tags: tags, changes: changes, message: request.queryItems["message"], platform: platform,
            cause: context.cause
        )
        return .json(["status": .string(image.id.description)])
    }

    func save(_ names: [String]) async throws -> Response {
        guard !names.isEmpty else { throw EngineError(.invalid, "parameter names is missing") }
        let spool = try await images.save(names)
        let size = try await spool.sizeBytes()
        let body = ResponseBody(contentLength: Int(size)) { writer in
            var offset: Int64 = 0
            while offset < size {
                let part = try await spool.read(at: offset, upTo: 512 * 1024)
                guard !part.isEmpty else { break }
                offset += Int64(part.count)
                try await writer.write(ByteBuffer(bytes: part))
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/x-tar"], body: body)
    }

    /// `GET /distribution/{name}/json`: what a registry has under a name.
    func distribution(_ name: String, _ request: Request) async throws -> Response {
        let reference = try Self.reference(name, tag: nil).withDefaultTag
        let found = try await registry.inspect(reference, credentials: try RegistryAuthHeader.credentials(request))
        return .json([
            "Descriptor": try JSONValue(encoding: found.descriptor),
            "Platforms": .array(try found.platforms.map { try JSONValue(encoding: $0) }),
        ])
    }

    func login(_ request: Request) async throws -> Response {
        let body = try await request.jsonBody()
        guard let user = body["username"]?.stringValue, let password = body["password"]?.stringValue else {
            throw EngineError(.invalid, "username and password are needed")
        }
        let address = body["serveraddress"]?.stringValue ?? ""
        let credentials = RegistryCredentials(username: user, password: password)
        try await registry.login(registry: RegistryAuthHeader.registry(of: address), credentials: credentials)
        return .json(["Status": "Login Succeeded", "IdentityToken": ""])
    }

    func makeBase(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let body = try await request.jsonBody()
        guard let suite = body["suite"]?.stringValue else { throw EngineError(.invalid, "suite is missing") }
        func strings(_ key: String) -> [String] { body[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        let tags = try strings("tags").map { try Self.reference($0, tag: nil).withDefaultTag }
        let wanted = BootstrapRequest(suite: suite, packages: strings("packages"), tags: tags)
        let cause = context.cause
        return try await ImageProgressStream.reply { emit in
            let image = try await bootstrap.bootstrap(wanted, cause: cause) { line in
                emit(["stream": .string(line + "\n")])
            }
            emit(["aux": ["ID": .string(image.id.description), "Size": .integer(image.sizeBytes)]])
        }
    }

    private func spool(_ body: RequestBody) async throws -> SpoolFile {
        let spool = try await images.makeSpool()
        for try await buffer in body { try await spool.append(Array(buffer.readableBytesView)) }
        return spool
    }

    static func platform(_ text: String?) throws(EngineError) -> OCIPlatform {
        guard let text, !text.isEmpty else { return .host }
        do { return try OCIPlatform(text) } catch { throw EngineError(.invalid, error.message) }
    }
}
