import Cluster
import Document
import Effects
import HTTPService
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Logs, exec, attach and port-forward: finds the container and picks the protocol; `PodStreams` moves the bytes.
struct StreamRoutes {
    private let store: ClusterStore
    private let streams: any PodStreams
    private let effects: Effects

    init(_ dependencies: KubernetesAPI.Dependencies) {
        self.store = dependencies.store
        self.effects = dependencies.effects
        self.streams = dependencies.streams
    }

    func answer(_ target: ResourceTarget, _ part: Subresource, _ call: APICall) async throws -> Response {
        let pod = PodContainers(try self.store.read(target.key))
        switch part {
        case .log:
            guard target.verb == .get else { throw ClusterError.methodNotAllowed(target.verb.rawValue, on: "pods/log") }
            return try await self.log(pod, call)
        case .exec, .attach:
            return try self.command(pod, part, call)
        default:
            return try self.forward(pod, call)
        }
    }

    // MARK: - Logs

    private func log(_ pod: PodContainers, _ call: APICall) async throws -> Response {
        var options = PodLogOptions()
        options.follow = try call.flag("follow")
        options.previous = try call.flag("previous")
        options.timestamps = try call.flag("timestamps")
        options.tailLines = try Self.positive("tailLines", call)
        options.limitBytes = try Self.positive("limitBytes", call)
        options.sinceNanoseconds = try Self.since(call, now: self.effects.now)
        let container = try pod.forLog(call.query["container"], previous: options.previous)
        let (streams, copy) = (self.streams, options)
        let pipe = BoundedPipe()
        let reading = Task {
            defer { pipe.finish() }
            try await streams.logs(of: container, options: copy, to: PodOutput { await pipe.write($0) })
        }
        // Errors that come before the first byte are answered as a Status; a follower may wait long for that byte.
        let first = options.follow ? nil : await pipe.next()
        if first == nil, !options.follow { try await reading.value }
        return Response(
            status: .ok, headers: [.contentType: "text/plain", .cacheControl: "no-cache, private"],
            body: ResponseBody { writer in
                defer {
                    pipe.cancelReading()
                    reading.cancel()
                }
                if let first { try await writer.write(first) }
                for await buffer in pipe { try await writer.write(buffer) }
                try await reading.value
                try await writer.finish(nil)
            })
    }

    private static func positive(_ name: String, _ call: APICall) throws(ClusterError) -> Int? {
        guard let number = try call.number(name) else { return nil }
        guard number >= 0 else { throw .badRequest("\(name) must not be negative, found \(number)") }
        return Int(clamping: number)
    }

    private static func since(_ call: APICall, now: Timestamp) throws(ClusterError) -> Int64? {
        if let seconds = try call.number("sinceSeconds") {
            guard seconds > 0 else { throw .badRequest("sinceSeconds must be greater than 0") }
            return now.nanoseconds - min(seconds, 1 << 32) * 1_000_000_000
        }
        guard let text = call.query["sinceTime"], !text.isEmpty else { return nil }
        guard let time = Timestamp(rfc3339: text) else { throw .badRequest("sinceTime is not RFC 3339: \"\(text)\"") }
        return time.nanoseconds
    }

    // MARK: - exec and attach

    private func command(_ pod: PodContainers, _ part: Subresource, _ call: APICall) throws -> Response {
        var asked = RemoteCommand.Streams(
            stdin: try call.flag("stdin"), stdout: try call.flag("stdout"), stderr: try call.flag("stderr"),
            tty: try call.flag("tty"))
        if asked.tty { asked.stderr = false }
        guard asked.stdin || asked.stdout || asked.stderr else {
            throw ClusterError.badRequest("you must specify at least 1 of stdin, stdout, stderr")
        }
        let arguments = call.query.all("command")
        guard part == .attach || !arguments.isEmpty else {
            throw ClusterError.badRequest("you must specify at least one command for the container")
        }
        let container = try pod.running(call.query["container"])
        let streams = self.streams
        let command = RemoteCommand(streams: asked) { session in
            if part == .exec { return try await streams.exec(arguments, in: container, session: session) }
            try await streams.attach(to: container, session: session)
            return nil
        }
        if WebSocketHandshake.isRequested(call.request) {
            return try self.webSocket(command, call.request)
        }
        guard UpgradeHeaders.asksForSPDY(call.request) else { throw Self.upgradeRequired }
        let offered = UpgradeHeaders.streamProtocols(call.request)
        guard let version = SPDYRemoteCommand.version(offered: offered) else {
            return Self.noCommonProtocol(SPDYRemoteCommand.Version.allCases.map(\.rawValue))
        }
        return .hijack(status: .switchingProtocols, headers: Self.spdyHeaders(version.rawValue)) { stream in
            try await SPDYRemoteCommand(version: version, command: command).serve(stream)
        }
    }

    private func webSocket(_ command: RemoteCommand, _ request: Request) throws -> Response {
        let offered = WebSocketHandshake.subprotocols(request)
            .filter { !$0.hasPrefix("base64url.bearer.authorization.k8s.io.") }
        guard let version = WebSocketRemoteCommand.version(offered: offered) else {
            throw ClusterError.badRequest(
                "unable to upgrade: no common subprotocol, the server speaks "
                    + WebSocketRemoteCommand.Version.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let headers = WebSocketHandshake.headers(request, subprotocol: version.rawValue)
        return .hijack(status: .switchingProtocols, headers: headers) { stream in
            try await WebSocketRemoteCommand(version: version, command: command).serve(stream)
        }
    }

    // MARK: - port-forward

    private func forward(_ pod: PodContainers, _ call: APICall) throws -> Response {
        let target = try pod.runningPod()
        let streams = self.streams
        let forward = PortForward { port, input, output in
            try await streams.forward(port: port, of: target, input: input, output: output)
        }
        if WebSocketHandshake.isRequested(call.request) {
            guard WebSocketHandshake.subprotocols(call.request).contains(PortForward.tunnelProtocol) else {
                throw ClusterError.badRequest(
                    "unable to upgrade: port-forward over WebSocket needs subprotocol \(PortForward.tunnelProtocol)")
            }
            let headers = WebSocketHandshake.headers(call.request, subprotocol: PortForward.tunnelProtocol)
            return .hijack(status: .switchingProtocols, headers: headers) { try await forward.serveTunnel($0) }
        }
        guard UpgradeHeaders.asksForSPDY(call.request) else { throw Self.upgradeRequired }
        let offered = UpgradeHeaders.streamProtocols(call.request)
        guard offered.isEmpty || offered.contains(PortForward.spdyProtocol) else {
            return Self.noCommonProtocol([PortForward.spdyProtocol])
        }
        return .hijack(status: .switchingProtocols, headers: Self.spdyHeaders(PortForward.spdyProtocol)) { stream in
            try await forward.serve(stream)
        }
    }

    // MARK: - Upgrades

    private static let upgradeRequired = ClusterError.badRequest("Upgrade request required")

    private static func spdyHeaders(_ version: String) -> HTTPFields {
        [.connection: "Upgrade", .upgrade: "SPDY/3.1", .streamProtocol: version]
    }

    private static func noCommonProtocol(_ known: [String]) -> Response {
        var headers: HTTPFields = [:]
        for version in known { headers.append(HTTPField(name: .acceptedStreamProtocols, value: version)) }
        return Response(
            status: .forbidden, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: "unable to negotiate a common stream protocol")))
    }
}
