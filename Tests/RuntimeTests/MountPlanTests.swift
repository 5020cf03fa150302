import OCI
import Testing

@testable import Runtime

@Suite struct MountPlanTests {
    @Test func shortFormsAreRead() throws {
        let bind = try MountPlan.parse(bind: "/a:/b:ro,rslave")
        #expect(bind.kind == .bind)
        #expect(bind.readOnly)
        #expect(bind.propagation == "rslave")
        #expect(bind.createSource)
        let volume = try MountPlan.parse(bind: "data:/data:nocopy")
        #expect(volume.kind == .volume)
        #expect(volume.noCopy)
    }

    @Test(arguments: ["/only", "a:b:c:d", "/a:/b:sideways", "bad/name:/x", "/a:relative", "/a:/", "x:/proc"])
    func badFormsAreRefused(text: String) {
        var request = ContainerRequest(image: "x")
        request.host.binds = [text]
        #expect(throws: RuntimeError.self) { try MountPlan.wishes(of: request) }
    }

    @Test func parentsComeBeforeChildrenAndEachTargetOnce() throws {
        var request = ContainerRequest(image: "x")
        request.host.binds = ["/x:/a/b/c", "/y:/a"]
        request.host.tmpfs = ["/a/b": ""]
        request.volumes = ["/a", "/v/"]
        let wishes = try MountPlan.wishes(of: request)
        #expect(wishes.map(\.target) == ["/a", "/v", "/a/b", "/a/b/c"])
        request.host.binds.append("/z:/a/../a")
        #expect(throws: RuntimeError.self) { try MountPlan.wishes(of: request) }
    }

    @Test func mountsOfOtherContainersGiveWay() throws {
        var request = ContainerRequest(image: "x")
        request.host.binds = ["/own:/data"]
        let other = MountRequest(kind: .bind, source: "/other", target: "/data")
        let wishes = try MountPlan.wishes(of: request, inherited: [other])
        #expect(wishes.map(\.source) == ["/own"])
    }

    @Test func optionsOfTheSpecificationFollow() {
        var bind = MountRequest(kind: .bind, source: "/a", target: "/b", readOnly: true)
        bind.nonRecursive = true
        #expect(MountPlan.specMount(bind, source: "/a").options == ["bind", "rprivate", "ro"])
        var memory = MountRequest(kind: .tmpfs, target: "/t")
        memory.tmpfsOptions = "exec,size=1m"
        #expect(MountPlan.specMount(memory, source: "").options == ["nosuid", "nodev", "exec", "size=1m"])
    }
}
