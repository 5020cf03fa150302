import DockerAPI
import SystemLinux

/// How mmdebstrap is called, and the files it is given. Secrets are in files of mode 0600, never in arguments.
struct BootstrapPlan: Sendable {
    let request: BootstrapRequest
    let sources: [AptSources.Source]
    let host: AptHost
    /// The directory that becomes the root.
    let tree: String
    /// A directory for our own files.
    let settings: String
    let excludes: [String]

    private var sourcesFile: String { "\(settings)/sources.list" }
    private var hookFile: String { "\(settings)/setup-hook" }

    /// The argument vector after the program's name.
    var arguments: [String] {
        var arguments = ["--mode=root", "--variant=minbase", "--format=directory", "--setup-hook=\(hookFile)"]
        arguments += excludes.map { "--dpkgopt=\($0)" }
        if !request.packages.isEmpty { arguments.append("--include=\(request.packages.joined(separator: ","))") }
        arguments += [request.suite, tree]
        if !sources.isEmpty { arguments.append(sourcesFile) }
        return arguments
    }

    /// Writes the sources, and a hook that gives the new root the host's way to them until it is tidied. Blocking.
    func writeSettings() throws {
        try File.setMode(settings, 0o700)
        try File.write(sourcesFile, Array(AptSources.render(sources).utf8), mode: 0o600)
        let configuration = "\(settings)/apt.conf"
        try File.write(configuration, Array((host.settings.joined(separator: "\n") + "\n").utf8), mode: 0o600)
        var hook = "#!/bin/sh\nset -eu\nmkdir -p \"$1/etc/apt/apt.conf.d\" \"$1/etc/apt/auth.conf.d\"\n"
        hook += "install -m 644 \(Self.quote(configuration)) \"$1/etc/apt/apt.conf.d/00skiff-host\"\n"
        for (number, file) in host.credentialFiles.enumerated() {
            hook += "install -m 600 \(Self.quote(file)) \"$1/etc/apt/auth.conf.d/skiff-\(number).conf\"\n"
        }
        try File.write(hookFile, Array(hook.utf8), mode: 0o700)
    }

    /// The line with passwords of source addresses taken out.
    func redact(_ line: String) -> String {
        var line = line
        for source in sources {
            guard let at = source.uri.lastIndex(of: "@"), let slash = source.uri.firstIndex(of: "/") else { continue }
            let secret = source.uri[slash..<at].drop { $0 == "/" }
            if !secret.isEmpty { line = line.split(separator: String(secret)).joined(separator: "***") }
        }
        return line
    }

    private static func quote(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
