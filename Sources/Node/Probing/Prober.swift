import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Carries out the network side of probes and hooks. One for the whole node; safe from any isolation.
public final class Prober: Sendable {
    /// What is read of an answer at most, in bytes.
    static let bodyLimitBytes = 10 * 1024

    private let group: any EventLoopGroup
    private let client: HTTPClient

    /// A prober on the given event loops.
    public init(group: any EventLoopGroup) {
        self.group = group
        var configuration = HTTPClient.Configuration(certificateVerification: .none)
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.idleTimeout = .milliseconds(1)
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    }

    /// Ends the client's connections.
    public func shutdown() async throws {
        try await client.shutdown()
    }

    /// Makes a GET request; returns nil on success (status 200–399), else what failed.
    func get(_ target: HTTPTarget, address: String, timeout: Duration) async -> String? {
        let host = target.host.isEmpty ? address : target.host
        let scheme = target.isTLS ? "https" : "http"
        let path = target.path.hasPrefix("/") ? target.path : "/\(target.path)"
        let url = "\(scheme)://\(Self.bracketed(host)):\(target.port)\(path)"
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "User-Agent", value: "kube-probe/1.36")
        request.headers.add(name: "Accept", value: "*/*")
        request.headers.add(name: "Connection", value: "close")
        for header in target.headers { request.headers.replaceOrAdd(name: header.name, value: header.value) }
        do {
            let response = try await client.execute(request, timeout: Self.amount(timeout))
            let status = Int(response.status.code)
            if (200..<400).contains(status) { return nil }
            return "HTTP probe failed with statuscode: \(status)"
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout {
            return "Get \"\(url)\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        } catch {
            return "Get \"\(url)\": \(error)"
        }
    }

    /// Opens a TCP connection and closes it; returns nil on success, else what failed.
    func connect(host: String, port: Int, timeout: Duration) async -> String? {
        do {
            let channel = try await ClientBootstrap(group: group).connectTimeout(Self.amount(timeout))
                .connect(host: host, port: port).get()
            try? await channel.close()
            return nil
        } catch {
            return "dial tcp \(Self.bracketed(host)):\(port): \(error)"
        }
    }

    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    private static func amount(_ duration: Duration) -> TimeAmount {
        let parts = duration.components
        return .nanoseconds(parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000)
    }
}
