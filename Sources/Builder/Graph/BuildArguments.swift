import OCI

/// The `--build-arg` values of a request and the variables that every build has. Pure.
public struct BuildArguments: Sendable, Hashable {
    /// Variables that RUN gets without ARG, and that no cache key or history holds unless declared.
    public static let proxyNames = [
        "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy",
        "ALL_PROXY", "all_proxy",
    ]

    /// What the request gave; a nil value means declared without a value.
    public let given: [String: String?]
    /// The platform variables (`TARGETPLATFORM`, `BUILDARCH` …) and `TARGETSTAGE`.
    let automatic: [String: String]

    /// Joins the request's values with the automatic ones.
    public init(given: [String: String?] = [:], platform: OCIPlatform = .host, target: String? = nil) {
        self.given = given
        var automatic: [String: String] = ["TARGETSTAGE": target ?? "default"]
        for (prefix, platform) in [("BUILD", OCIPlatform.host), ("TARGET", platform)] {
            automatic[prefix + "PLATFORM"] = platform.description
            automatic[prefix + "OS"] = platform.os
            automatic[prefix + "OSVERSION"] = platform.osVersion ?? ""
            automatic[prefix + "ARCH"] = platform.architecture
            automatic[prefix + "VARIANT"] = platform.variant ?? ""
        }
        self.automatic = automatic
    }

    /// The proxies given in the request, as `NAME=value`, sorted.
    var proxies: [String: String] {
        var found: [String: String] = [:]
        for name in Self.proxyNames { if let value = given[name] ?? nil { found[name] = value } }
        return found
    }

    /// Evaluates the ARGs before the first FROM.
    ///
    /// - Returns: every global variable with its value; those without a value are absent.
    func globals(of dockerfile: Dockerfile) throws(BuilderError) -> [String: String] {
        var scope = automatic
        for name in automatic.keys { if let entry = given[name] { scope[name] = entry } }
        let expander = ShellExpander(escape: dockerfile.directives.escape)
        for instruction in dockerfile.globalArguments {
            guard case .arg(let declarations) = instruction.kind else { continue }
            for declaration in declarations {
                if let entry = given[declaration.name] {
                    scope[declaration.name] = entry
                } else if let fallback = declaration.fallback {
                    do {
                        scope[declaration.name] = try expander.expand(fallback, in: scope).text
                    } catch {
                        throw error.located(at: dockerfile.source.location(instruction.range))
                    }
                }
            }
        }
        return scope
    }
}
