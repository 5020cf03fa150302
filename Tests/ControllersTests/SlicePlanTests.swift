import Cluster
import Testing

@testable import Controllers

@Suite struct SlicePlanTests {
    private let http = EndpointPort(name: "http", port: 8000, transport: "TCP")

    private func endpoint(_ number: Int, ports: [EndpointPort]? = nil) -> ServiceEndpoint {
        ServiceEndpoint(
            address: "10.0.0.\(number)", node: "n1", hostname: nil, podName: "p\(number)", podNamespace: "default",
            podUID: "u\(number)", isReady: true, isServing: true, isTerminating: false, ports: ports ?? [http])
    }

    private func slice(_ name: String, _ uids: [String], ports: [EndpointPort]? = nil) -> SlicePlan.Slice {
        SlicePlan.Slice(name: name, ports: ports ?? [http], podUIDs: uids)
    }

    @Test func theFirstEndpointsMakeASlice() {
        let plan = SlicePlan(endpoints: [endpoint(1), endpoint(2)], slices: [])
        #expect(plan.creates.map(\.endpoints.count) == [2])
        #expect(plan.updates.isEmpty)
    }

    @Test func aServiceWithoutEndpointsKeepsOneEmptySlice() {
        #expect(SlicePlan(endpoints: [], slices: []).creates == [.init(ports: [], endpoints: [])])
        let plan = SlicePlan(endpoints: [], slices: [slice("a", ["u1"]), slice("b", ["u2"])])
        #expect(plan.updates.keys.sorted() == ["a"])
        #expect(plan.updates["a"]?.endpoints.isEmpty == true)
        #expect(plan.deletes == ["b"])
    }

    @Test func endpointsStayInTheirSlice() {
        let plan = SlicePlan(
            endpoints: [endpoint(1), endpoint(2), endpoint(3)], slices: [slice("a", ["u1"]), slice("b", ["u2"])])
        #expect(plan.updates["a"]?.endpoints.map(\.podUID) == ["u1", "u3"])
        #expect(plan.updates["b"]?.endpoints.map(\.podUID) == ["u2"])
        #expect(plan.creates.isEmpty)
    }

    @Test func aFullSliceOverflowsIntoANewOne() {
        let many = (0..<250).map { endpoint($0) }
        let plan = SlicePlan(endpoints: many, slices: [])
        #expect(plan.creates.map(\.endpoints.count) == [100, 100, 50])
    }

    @Test func endpointsWithOtherPortsGetAnotherSlice() {
        let other = EndpointPort(name: "http", port: 9000, transport: "TCP")
        let plan = SlicePlan(endpoints: [endpoint(1), endpoint(2, ports: [other])], slices: [slice("a", ["u1"])])
        #expect(plan.updates["a"]?.endpoints.map(\.podUID) == ["u1"])
        #expect(plan.creates.map(\.ports) == [[other]])
    }

    @Test func aSliceWhoseEndpointsAreGoneIsDeleted() {
        let plan = SlicePlan(endpoints: [endpoint(2)], slices: [slice("a", ["u1"]), slice("b", ["u2"])])
        #expect(plan.updates["b"]?.endpoints.map(\.podUID) == ["u2"])
        #expect(plan.deletes == ["a"])
    }
}
