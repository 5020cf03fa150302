import Clients
import Testing

@testable import Platform

@Suite struct PlatformPathsTests {
    @Test func pathsFollowTheInstance() throws {
        let location = try ClusterLocation(name: "demo-1", stateRoot: "/scratch", runRoot: "/run/skiff")
        let paths = PlatformPaths(location)
        #expect(paths.kubeconfig == "/scratch/demo-1/kubeconfig")
        #expect(paths.dockerSocket == location.dockerSocket)
        #expect(paths.daemonLock == "/run/skiff/demo-1/daemon.lock")
    }
}

@Suite struct PortChoiceTests {
    @Test func theKeptPortComesFirstAndAnyPortLast() {
        let ports = PortChoice(usual: 6443, kept: 7000).candidates
        #expect(ports.first == 7000)
        #expect(ports[1] == 6443)
        #expect(ports.last == 0)
        #expect(Set(ports).count == ports.count)
    }

    @Test func theEndOfThePortRangeIsRespected() {
        #expect(PortChoice(usual: 65_535, kept: nil).candidates == [65_535, 0])
    }
}
