/// Which capabilities a container gets. Pure.
enum CapabilityPlan {
    /// The bounding, permitted and effective set, in the kernel's order; those the host lacks are left out unless
    /// they were asked for by name.
    /// - Throws: `.invalid` for an unknown name, `.unsupported` for one asked for that this host does not have.
    static func capabilities(
        add: [String],
        drop: [String],
        privileged: Bool,
        available: [String]
    ) throws(RuntimeError) -> [String] {
        let host = Set(available)
        if privileged { return ContainerDefaults.allCapabilities.filter { host.contains($0) } }
        let added = try names(add)
        let dropped = try names(drop)
        var wanted: Set<String>
        if dropped.contains(all) {
            wanted = []
        } else if added.contains(all) {
            wanted = Set(ContainerDefaults.allCapabilities).intersection(host)
        } else {
            wanted = Set(ContainerDefaults.capabilities).intersection(host)
        }
        if added.contains(all), dropped.contains(all) {
            wanted = Set(ContainerDefaults.allCapabilities).intersection(host)
        }
        for name in added where name != all {
            guard host.contains(name) else {
                throw RuntimeError(.unsupported, "capability \(name) is not held by this daemon, so it cannot be added")
            }
            wanted.insert(name)
        }
        for name in dropped where name != all { wanted.remove(name) }
        return ContainerDefaults.allCapabilities.filter { wanted.contains($0) }
    }

    private static let all = "ALL"

    private static func names(_ texts: [String]) throws(RuntimeError) -> Set<String> {
        var out = Set<String>()
        for text in texts {
            let upper = text.uppercased()
            if upper == all || upper == "CAP_ALL" {
                out.insert(all)
                continue
            }
            let name = upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
            guard ContainerDefaults.allCapabilities.contains(name) else {
                throw RuntimeError(.invalid, "invalid capability \"\(text)\": see capabilities(7) for the names")
            }
            out.insert(name)
        }
        return out
    }
}
