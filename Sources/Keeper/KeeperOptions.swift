/// The keeper's command line. Written by our own daemon only, so there is no help text.
struct KeeperOptions {
    var configuration = KeeperConfiguration(runDirectory: "", exitsDirectory: "", cluster: "")
    var isSealed = false
    var handover: Int32?

    init(_ arguments: [String]) throws(KeeperError) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == SealedProgram.mark {
                isSealed = true
                continue
            }
            guard let value = rest.popFirst() else { throw KeeperError(.invalidPlan, "\(name) needs a value") }
            switch name {
            case "--run": configuration.runDirectory = value
            case "--exits": configuration.exitsDirectory = value
            case "--cluster": configuration.cluster = value
            case "--cgroup": configuration.cgroupDirectories.append(value)
            case "--resume": handover = Int32(value)
            default: throw KeeperError(.invalidPlan, "unknown option \(name)")
            }
        }
        guard configuration.runDirectory.hasPrefix("/"), configuration.exitsDirectory.hasPrefix("/") else {
            throw KeeperError(.invalidPlan, "--run and --exits must be absolute directories")
        }
    }
}

extension KeeperConfiguration {
    /// The command line that gives this configuration again.
    var arguments: [String] {
        ["--cluster", cluster, "--run", runDirectory, "--exits", exitsDirectory]
            + cgroupDirectories.flatMap { ["--cgroup", $0] }
    }
}
