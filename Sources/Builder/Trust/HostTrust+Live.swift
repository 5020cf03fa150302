import SystemLinux

extension HostTrust.Host {
    /// This machine, with the given environment. The closures block for small files.
    public static func live(environment: [String: String]) -> HostTrust.Host {
        let textLimit = 64 * 1024
        return HostTrust.Host(
            environment: environment,
            isFile: { path in
                guard let status = try? File.status(path) else { return false }
                return status.kind == .regular && status.sizeBytes > 0
            },
            names: { path in ((try? Directory.entries(path)) ?? []).map(\.name) },
            text: { path in try? File.readText(path, limit: textLimit) }
        )
    }
}
