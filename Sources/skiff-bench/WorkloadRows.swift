import Document
import Effects
import SystemLinux

/// From `apply` to Ready.
enum WorkloadRows {
    private static let manifest = """
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "bench"},
         "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "bench"}},
          "template": {"metadata": {"labels": {"app": "bench"}},
           "spec": {"terminationGracePeriodSeconds": 0, "containers": [
            {"name": "main", "image": "\(Laboratory.image)", "command": ["sleep", "1000000"]}]}}}}
        """

    /// Issue 2: three replicas are Ready at most 1.5 s after apply.
    static func measure(_ laboratory: Laboratory, _ samples: Int) async throws -> [Measurement] {
        let path = laboratory.scratch + "/deployment.json"
        try File.write(path, Array(manifest.utf8))
        var taken: [Double] = []
        for _ in 0..<samples {
            let began = laboratory.effects.time.monotonic
            try await laboratory.must(laboratory.skiff, ["apply", "-f", path])
            try await laboratory.must(laboratory.skiff, ["rollout", "status", "deployment/bench", "--timeout", "60s"])
            taken.append((laboratory.effects.time.monotonic - began).inSeconds * 1000)
            try await laboratory.must(laboratory.skiff, ["delete", "deployment/bench"])
            try await laboratory.must(laboratory.skiff, ["wait", "pods", "-l", "app=bench", "--for=delete"])
        }
        return [
            Measurement(
                row: "apply to 3 replicas Ready", contestant: "skiff", unit: "ms", budget: 1500, samples: taken
            )
        ]
    }
}
