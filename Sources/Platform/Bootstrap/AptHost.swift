import Subprocess
import SystemLinux

/// What the host's own apt is set up with: its sources, and how it reaches them (proxies, checks, credentials).
struct AptHost: Sendable {
    /// Settings of apt.conf(5) that decide whether and how the sources are reached.
    private static let prefixes = [
        "Acquire::http", "Acquire::https", "Acquire::ftp", "Acquire::Check-", "Acquire::Retries",
        "Acquire::Max-", "Acquire::ForceIPv", "Acquire::AllowInsecure", "APT::Get::AllowUnauthenticated",
    ]
    private static let outputLimit = 4 << 20

    let sources: AptSources
    /// Lines of apt.conf.
    let settings: [String]
    /// Files of credentials (apt_auth.conf(5)).
    let credentialFiles: [String]

    /// Reads the host's files, and asks apt-config for its settings. A host without apt has none of it.
    static func read() async throws -> AptHost {
        let (sources, credentials) = try await BlockingPool.shared.run { (try readSources(), readCredentials()) }
        return AptHost(sources: sources, settings: await readSettings(), credentialFiles: credentials)
    }

    private static func readSources() throws -> AptSources {
        var sources = AptSources()
        if File.exists("/etc/apt/sources.list") {
            sources.add(try File.readText("/etc/apt/sources.list"), isDeb822: false)
        }
        let directory = "/etc/apt/sources.list.d"
        guard Directory.isDirectory(directory) else { return sources }
        for entry in try Directory.entries(directory).sorted(by: { $0.name < $1.name }) {
            let isDeb822 = entry.name.hasSuffix(".sources")
            guard isDeb822 || entry.name.hasSuffix(".list") else { continue }
            sources.add(try File.readText("\(directory)/\(entry.name)"), isDeb822: isDeb822)
        }
        return sources
    }

    private static func readCredentials() -> [String] {
        var files = File.exists("/etc/apt/auth.conf") ? ["/etc/apt/auth.conf"] : []
        let directory = "/etc/apt/auth.conf.d"
        let names = (try? Directory.entries(directory))?.map(\.name).sorted() ?? []
        files += names.filter { $0.hasSuffix(".conf") }.map { "\(directory)/\($0)" }
        return files
    }

    private static func readSettings() async -> [String] {
        let result = try? await run(
            .name("apt-config"), arguments: ["dump"], output: .string(limit: outputLimit), error: .discarded
        )
        guard let result, result.terminationStatus.isSuccess else { return [] }
        return result.standardOutput.split(separator: "\n").map(String.init).filter { line in
            prefixes.contains { line.hasPrefix($0) }
        }
    }
}
