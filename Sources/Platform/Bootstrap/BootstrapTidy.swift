import SystemLinux

/// Makes a fresh tree fit to be an image: nothing of the host stays in it, and what every container makes anew is
/// left out. Blocking.
struct BootstrapTidy {
    /// The tree.
    let root: String
    /// The release.
    let suite: String
    /// Whether Python is to be usable the way official Python images are.
    let hasPython: Bool

    /// Tidies the whole tree.
    func run() throws {
        try forgetHost()
        try writePublicSources()
        try dropCaches()
        if hasPython { try openPython() }
    }

    /// The bootstrap copied these from the host, or wrote the host's mirrors and settings into them.
    private func forgetHost() throws {
        for name in ["etc/hostname", "etc/resolv.conf", "etc/apt/sources.list", "etc/apt/auth.conf", "etc/machine-id"] {
            try File.remove("\(root)/\(name)", ifExists: true)
        }
        for name in ["99mmdebstrap", "00skiff-host"] {
            try File.remove("\(root)/etc/apt/apt.conf.d/\(name)", ifExists: true)
        }
        for name in ["etc/apt/auth.conf.d", "etc/apt/sources.list.d"] { try empty(name) }
    }

    /// The distribution's domain, from the home page that its os-release names; nil when it names none. Pure.
    static func domain(of release: String) -> String? {
        guard let line = release.split(separator: "\n").first(where: { $0.hasPrefix("HOME_URL=") }),
            let scheme = line.firstRange(of: "://")
        else { return nil }
        let host = line[scheme.upperBound...].prefix { $0 != "/" && $0 != "\"" }
        return String(host.hasPrefix("www.") ? host.dropFirst(4) : host)
    }

    /// Public archives, so that `apt-get update` works in every container with a network.
    private func writePublicSources() throws {
        let release = (try? File.readText("\(root)/usr/lib/os-release")) ?? ""
        let lines = release.split(separator: "\n")
        guard let domain = Self.domain(of: release) else { return }
        let keyring: String
        let archives: [(uri: String, suites: [String])]
        if lines.contains("ID=debian") {
            keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
            archives =
                suite == "sid" || suite == "unstable"
                ? [("http://deb.\(domain)/debian", [suite])]
                : [
                    ("http://deb.\(domain)/debian", [suite, "\(suite)-updates"]),
                    ("http://deb.\(domain)/debian-security", ["\(suite)-security"]),
                ]
        } else if lines.contains("ID=ubuntu") {
            keyring = "/usr/share/keyrings/ubuntu-archive-keyring.gpg"
            archives = [
                ("http://archive.\(domain)/ubuntu", [suite, "\(suite)-updates"]),
                ("http://security.\(domain)/ubuntu", ["\(suite)-security"]),
            ]
        } else {
            return
        }
        let signed = File.exists(root + keyring) ? "Signed-By: \(keyring)\n" : ""
        let text = archives.map {
            "Types: deb\nURIs: \($0.uri)\nSuites: \($0.suites.joined(separator: " "))\nComponents: main\n\(signed)"
        }.joined(separator: "\n")
        try Directory.make("\(root)/etc/apt/sources.list.d")
        try File.write("\(root)/etc/apt/sources.list.d/public.sources", Array(text.utf8))
    }

    private func dropCaches() throws {
        let emptied = [
            "dev", "proc", "sys", "run", "tmp", "var/tmp", "var/lib/apt/lists", "var/cache/apt/archives",
            "var/cache/debconf", "var/log/apt",
        ]
        for name in emptied { try empty(name) }
        for name in ["dpkg.log", "bootstrap.log", "alternatives.log", "faillog", "lastlog", "btmp", "wtmp"] {
            try File.remove("\(root)/var/log/\(name)", ifExists: true)
        }
        for name in ["pkgcache.bin", "srcpkgcache.bin"] {
            try File.remove("\(root)/var/cache/apt/\(name)", ifExists: true)
        }
        for name in ["var/cache/ldconfig/aux-cache", "etc/.pwd.lock"] {
            try File.remove("\(root)/\(name)", ifExists: true)
        }
        for backup in ["passwd-", "group-", "shadow-", "gshadow-"] {
            try File.remove("\(root)/etc/\(backup)", ifExists: true)
        }
    }

    /// `python` and `pip` by those names, and pip allowed to install beside Debian's own packages: the image is the
    /// environment, as in official Python images (PEP 668 lets the distributor of a container drop the marker).
    private func openPython() throws {
        let bin = "\(root)/usr/bin"
        if File.exists("\(bin)/python3"), !File.exists("\(bin)/python") {
            try File.symbolicLink("\(bin)/python", to: "python3")
        }
        for entry in try Directory.entries("\(root)/usr/lib") where entry.name.hasPrefix("python3") {
            try File.remove("\(root)/usr/lib/\(entry.name)/EXTERNALLY-MANAGED", ifExists: true)
        }
    }

    private func empty(_ name: String) throws {
        let path = "\(root)/\(name)"
        guard Directory.isDirectory(path) else { return }
        try Directory.removeContents(of: File.open(path, [.directory, .noFollow]), path: path)
    }
}
