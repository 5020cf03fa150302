import Testing

@testable import Platform

@Suite struct ClusterMountsTests {
    private let text = """
        22 1 8:1 / / rw - ext4 /dev/sda rw
        30 22 0:4 net:[4026532288] /run/skiff/demo/ns/a/net rw - nsfs nsfs rw
        31 22 0:5 / /run/skiff/demo2/ns/b rw - nsfs nsfs rw
        32 22 0:6 / /var/lib/skiff/demo/a\\040b rw - tmpfs tmpfs rw
        """

    @Test func onlyThisClustersMountsAreFoundNewestFirst() {
        let found = ClusterMounts.targets(in: text, below: ["/var/lib/skiff/demo", "/run/skiff/demo"])
        #expect(found == ["/var/lib/skiff/demo/a b", "/run/skiff/demo/ns/a/net"])
    }

    @Test func escapesOfMountinfoAreUndone() {
        #expect(ClusterMounts.unescape("a\\134b\\011c") == "a\\b\tc")
        #expect(ClusterMounts.unescape("a\\9") == "a\\9")
    }
}
