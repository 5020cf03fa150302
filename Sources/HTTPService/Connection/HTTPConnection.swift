import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOSSL

/// Serves the requests of one connection, one after the other.
struct HTTPConnection<Responder: HTTPResponder> where Responder.Context == ServiceContext {
    typealias Outbound = NIOAsyncChannelOutboundWriter<HTTPResponsePart>

    let channel: HTTPConnectionChannel<Responder>
    let value: HTTPConnectionChannel<Responder>.Value
    let logger: Logger

    /// Runs until the connection is used up: closed by the client, by a response, by a hijack or by an error.
    func serve(_ reader: PartReader, _ outbound: Outbound) async {
        do {
            try await self.serveRequests(reader, outbound)
        } catch let error as HTTPParserError {
            self.logger.debug("request is not HTTP", metadata: ["error": "\(error)"])
            await self.refuse(outbound)
        } catch {
            self.logger.trace("connection broke", metadata: ["error": "\(error)"])
        }
        await self.linger(reader, outbound)
    }

    private func serveRequests(_ reader: PartReader, _ outbound: Outbound) async throws {
        var identity: ClientIdentity?
        var identityIsKnown = false
        var unread = 0
        while let part = try await reader.next() {
            guard case .head(let head) = part else {
                // What is left of a body its handler did not read.
                if case .body(let buffer) = part { unread += buffer.readableBytes }
                if unread > self.channel.limits.drainBytes { return }
                continue
            }
            unread = 0
            if !identityIsKnown {
                // The handshake is over when the first request is here.
                identity = try await self.clientIdentity()
                identityIsKnown = true
            }
            let body = InboundBody(reader: reader, outbound: outbound, head: head)
            let request = Request(head: head, body: try await body.requestBody())
            let source = ServiceContextSource(
                logger: self.logger, peer: self.value.peer, clientIdentity: identity,
                requestID: self.channel.requestIDs.next())
            let response = await self.response(to: request, ServiceContext(source: source))
            let finished = try await self.write(response, for: request, body, reader, outbound)
            body.invalidate()
            if finished { return }
        }
    }

    private func clientIdentity() async throws -> ClientIdentity? {
        guard let tls = self.channel.tls else { return nil }
        guard let certificate = try await self.value.channel.nioSSL_peerCertificate().get() else { return nil }
        return tls.identify(try certificate.toDERBytes())
    }

    private func response(to request: Request, _ context: ServiceContext) async -> Response {
        do {
            return try await self.channel.responder.respond(to: request, context: context)
        } catch let error as any HTTPResponseError {
            if let response = try? error.response(from: request, context: context) { return response }
            return Response(status: .internalServerError)
        } catch {
            context.logger.error("handler failed", metadata: ["path": "\(request.rawPath)", "error": "\(error)"])
            return Response(status: .internalServerError)
        }
    }

    /// Writes one response; true when the connection must not be used further.
    private func write(
        _ response: Response, for request: Request, _ body: InboundBody, _ reader: PartReader, _ outbound: Outbound
    ) async throws -> Bool {
        if response.headers[.hijackMark] != nil {
            try await self.hijack(response, body, reader, outbound)
            return true
        }
        if request.method == .head {
            try await outbound.write(contentsOf: [.head(response.head), .end(nil)])
        } else if response.body.contentLength != nil {
            try await ResponseWriter(outbound: outbound).write(response: response.head, body: response.body)
        } else {
            try await outbound.write(.head(response.head))
            try await self.withObserver([.clientFinished, .serverStopping]) {
                let writer = StreamBodyWriter(outbound: outbound)
                try await response.body.write(writer)
                try await writer.finishOnce(nil)
            }
        }
        return false
    }

    private func hijack(
        _ response: Response, _ body: InboundBody, _ reader: PartReader, _ outbound: Outbound
    ) async throws {
        try await body.drain(upTo: self.channel.limits.drainBytes)
        try await self.value.channel.triggerUserOutboundEvent(ConnectionCommand.hijack(head: Self.head(of: response)))
            .get()
        let stream = ByteStream(reader: reader, outbound: outbound)
        try await self.withObserver([.serverStopping]) {
            try await response.body.write(HijackBodyWriter(stream: stream))
            stream.finish()
        }
    }

    /// The head of a hijack response: the codec would add body framing and standard reason phrases.
    private static func head(of response: Response) -> ByteBuffer {
        var head = ByteBuffer()
        head.writeString("HTTP/1.1 \(response.status.code) \(response.status.reasonPhrase)\r\n")
        for field in response.headers where field.name != .hijackMark && field.name != .contentLength {
            head.writeString("\(field.name.rawName): \(field.value)\r\n")
        }
        head.writeString("\r\n")
        return head
    }

    /// Runs `work` in a task that is cancelled by one of the connection's signals.
    private func withObserver(
        _ signals: Set<ConnectionSignals.Signal>, _ work: @escaping @Sendable () async throws -> Void
    ) async throws {
        let task = Task { try await work() }
        self.value.signals.observe { signal in
            if signals.contains(signal) { task.cancel() }
        }
        defer { self.value.signals.stopObserving() }
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func refuse(_ outbound: Outbound) async {
        let head = HTTPResponse(status: .badRequest, headerFields: [.connection: "close", .contentLength: "0"])
        // The client may be gone already; there is nobody to tell.
        try? await outbound.write(contentsOf: [.head(head), .end(nil)])
    }

    /// Closes our side and waits a moment for the client's: closing at once would reset the connection and could take
    /// our last bytes from the client's socket.
    private func linger(_ reader: PartReader, _ outbound: Outbound) async {
        outbound.finish()
        let channel = self.value.channel
        let deadline = channel.eventLoop.scheduleTask(in: .seconds(self.channel.limits.lingerSeconds)) {
            channel.close(promise: nil)
        }
        self.value.signals.observe { signal in
            if signal == .clientFinished { channel.close(promise: nil) }
        }
        channel.triggerUserOutboundEvent(ConnectionCommand.discardInput, promise: nil)
        // Nothing of a broken connection's last parts is of use.
        while (try? await reader.next()) != nil {}
        // Never fails; a closed channel is what we want.
        try? await channel.closeFuture.get()
        deadline.cancel()
    }
}
