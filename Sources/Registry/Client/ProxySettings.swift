import AsyncHTTPClient

/// The proxies that the environment names, by the customs of curl and Go.
struct ProxySettings: Sendable {
    /// Host, port and user of a proxy.
    struct Proxy: Sendable, Hashable {
        let host: String
        let port: Int
        let credentials: String?
    }

    let secure: Proxy?
    let plain: Proxy?
    private let exceptions: [String]

    /// Reads `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`, in lower or upper case.
    init(environment: [String: String]) {
        func value(_ name: String) -> String? {
            [name, name.uppercased()].compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        let all = value("all_proxy")
        secure = (value("https_proxy") ?? all).flatMap { Proxy($0) }
        plain = (value("http_proxy") ?? all).flatMap { Proxy($0) }
        exceptions = (value("no_proxy") ?? "").split(separator: ",").map {
            $0.filter { $0 != " " }.lowercased()
        }
    }

    /// The proxy for a host, nil when it is reached directly. Loopback always is.
    func proxy(forHost host: String, isSecure: Bool) -> Proxy? {
        let bare = host.prefix { $0 != ":" }.lowercased()
        if RegistryHost.isLoopback(bare) { return nil }
        for exception in exceptions {
            let name = exception.hasPrefix("*") ? String(exception.dropFirst()) : exception
            let suffix = name.hasPrefix(".") ? name : "." + name
            if exception == "*" || bare == name || (name.count > 0 && bare.hasSuffix(suffix)) { return nil }
        }
        return isSecure ? secure : plain
    }
}

extension ProxySettings.Proxy {
    /// Reads `http://user:pass@host:port`; a TLS proxy (`https://`) cannot be used and is left out.
    init?(_ text: String) {
        var rest = text[...]
        if rest.hasPrefix("http://") {
            rest = rest.dropFirst("http://".count)
        } else if rest.contains("/") {
            return nil
        }
        rest = rest.prefix { $0 != "/" }
        if let at = rest.lastIndex(of: "@") {
            credentials = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
        } else {
            credentials = nil
        }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2 else { return nil }
        guard parts.count == 1 || Int(parts[1]) != nil else { return nil }
        self.host = String(host)
        port = parts.count == 2 ? Int(parts[1]) ?? 80 : 80
    }
}
