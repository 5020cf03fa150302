import SystemLinux

/// `run --rm IMAGE true` beside every peer that is installed.
enum ContainerRows {
    static func measure(_ laboratory: Laboratory, _ samples: Int) async throws -> [Measurement] {
        let skiff = laboratory.skiff
        try await laboratory.must(skiff, ["image", "import", laboratory.tar, Laboratory.image])
        var results = [
            try await laboratory.time(
                "run --rm true, no network", "skiff", budget: 40, samples: samples, skiff,
                ["run", "--rm", "--network", "none", Laboratory.image, "true"]
            )
        ]
        for peer in await BarePeer.all(in: laboratory) {
            results.append(
                try await laboratory.time(
                    "run --rm true, no network", peer.name, samples: samples, peer.program, peer.arguments
                )
            )
        }
        results.append(
            try await laboratory.time(
                "run --rm true, with network", "skiff", samples: samples, skiff,
                ["run", "--rm", Laboratory.image, "true"]
            )
        )
        return results
    }
}

/// A peer and the command by which it runs `true` in the bench's tree.
struct BarePeer {
    let name: String
    let program: String
    let arguments: [String]

    /// The installed low-level runtimes, each with a bundle of its own.
    static func all(in laboratory: Laboratory) async -> [BarePeer] {
        var peers: [BarePeer] = []
        for runtime in ["runc", "crun"] where laboratory.has(runtime) {
            let bundle = "\(laboratory.scratch)/\(runtime)"
            do {
                try Directory.make(bundle)
                try File.write("\(bundle)/config.json", Array(configuration(root: laboratory.tree).utf8))
            } catch {
                continue
            }
            let flags = runtime == "crun" ? ["--cgroup-manager=disabled"] : []
            let peer = BarePeer(
                name: "bare \(runtime)",
                program: runtime,
                arguments: flags + ["run", "--bundle", bundle, "bench-\(laboratory.cluster)"]
            )
            // A runtime that can't run here at all is no contestant.
            if let first = try? await laboratory.run(peer.program, peer.arguments), first.exitCode == 0 {
                peers.append(peer)
            }
        }
        return peers
    }

    private static func configuration(root: String) -> String {
        """
        {"ociVersion": "1.0.2", "root": {"path": "\(root)", "readonly": true},
         "process": {"cwd": "/", "args": ["/bin/true"], "user": {"uid": 0, "gid": 0}, "env": ["PATH=/bin"]},
         "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
         "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"},
                                  {"type": "network"}]}}
        """
    }
}
