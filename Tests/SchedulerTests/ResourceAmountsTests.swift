import Document
import Testing

@testable import Scheduler

@Suite struct ResourceAmountsTests {
    private func container(_ cpu: String, _ memory: String, sidecar: Bool = false) -> JSONValue {
        var container: JSONValue = [
            "name": "c", "resources": ["requests": ["cpu": .string(cpu), "memory": .string(memory)]],
        ]
        if sidecar { container["restartPolicy"] = "Always" }
        return container
    }

    @Test func containersAddUp() {
        let amounts = ResourceAmounts(
            podSpec: ["containers": [container("100m", "1Gi"), container("1", "512Mi")]])
        #expect(amounts.milliCPU == 1100)
        #expect(amounts.memoryBytes == 1536 << 20)
    }

    @Test func theLargestInitContainerCountsWhenItExceedsTheSum() {
        let amounts = ResourceAmounts(podSpec: [
            "initContainers": [container("2", "1Gi"), container("1", "3Gi")],
            "containers": [container("500m", "2Gi")],
        ])
        #expect(amounts.milliCPU == 2000)
        #expect(amounts.memoryBytes == 3 << 30)
    }

    @Test func sidecarsRunBesideLaterInitContainersAndTheApps() {
        let amounts = ResourceAmounts(podSpec: [
            "initContainers": [container("1", "1Gi", sidecar: true), container("2", "1Gi")],
            "containers": [container("500m", "1Gi")],
        ])
        #expect(amounts.milliCPU == 3000)
        #expect(amounts.memoryBytes == 2 << 30)
    }

    @Test func aLimitStandsInForAMissingRequest() {
        let amounts = ResourceAmounts(podSpec: [
            "containers": [["name": "c", "resources": ["limits": ["cpu": "250m", "example.com/gpu": "2"]]]]
        ])
        #expect(amounts.milliCPU == 250)
        #expect(amounts.extended == ["example.com/gpu": 2])
    }
}
