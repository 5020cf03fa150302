import Document
import Effects
import Testing

@testable import Cluster

@Suite struct WatchTests {
    /// Type and name of the next event.
    private func next(_ watch: Watch) async -> String {
        switch await watch.next() {
        case .added(let object): "added \(object.name)"
        case .modified(let object): "modified \(object.name)"
        case .deleted(let object): "deleted \(object.name)"
        case .bookmark(_, let initial): initial ? "initial-end" : "bookmark"
        case .error(let status): "error \(status.reason)"
        case nil: "end"
        }
    }

    @Test func beginsWithWhatIsThereThenFollows() async throws {
        let fixture = try await ClusterFixture()
        try await fixture.configMap("a")
        let watch = try fixture.store.watch(.configMaps, namespace: "default")
        #expect(await next(watch) == "added a")
        try await fixture.configMap("b")
        #expect(await next(watch) == "added b")
        _ = try await fixture.store.modify(fixture.key(.configMaps, "a"), context: fixture.context) {
            $0["data", "a"] = "2"
        }
        #expect(await next(watch) == "modified a")
        let deleted = try await fixture.store.delete(fixture.key(.configMaps, "b"), context: fixture.context)
        guard case .deleted(let last)? = await watch.next() else {
            Issue.record("expected a deletion")
            return
        }
        #expect(last.resourceVersion == deleted.object.resourceVersion)
        watch.finish()
        #expect(await next(watch) == "end")
    }

    @Test func waitsForAChangeThatComesLater() async throws {
        let fixture = try await ClusterFixture()
        let watch = try fixture.store.watch(.configMaps, namespace: "default")
        async let first = next(watch)
        try await fixture.configMap("late")
        #expect(await first == "added late")
    }

    @Test func resumesAfterARevisionAndExpiresWhenItIsTooOld() async throws {
        let fixture = try await ClusterFixture(historyCount: 4)
        let start = try await fixture.configMap("a").resourceVersion
        for name in ["b", "c"] { try await fixture.configMap(name) }
        let watch = try fixture.store.watch(.configMaps, options: WatchOptions(resourceVersion: start))
        #expect(await next(watch) == "added b")
        #expect(await next(watch) == "added c")
        for number in 0..<10 { try await fixture.configMap("m\(number)") }
        #expect(await next(watch) == "error Expired")
        #expect(await next(watch) == "end")
        #expect(throws: ClusterError.self) {
            try fixture.store.watch(.configMaps, options: WatchOptions(resourceVersion: start))
        }
        #expect(throws: ClusterError.self) {
            try fixture.store.watch(.configMaps, options: WatchOptions(resourceVersion: 1 << 40))
        }
    }

    @Test func objectsEnterAndLeaveTheSelection() async throws {
        let fixture = try await ClusterFixture()
        try await fixture.create(.pods, ClusterFixture.pod("a", labels: ["app": "x"]))
        try await fixture.create(.pods, ClusterFixture.pod("b", labels: ["app": "y"]))
        let watch = try fixture.store.watch(
            .pods, namespace: "default", options: WatchOptions(labels: try .parse("app=x")))
        #expect(await next(watch) == "added a")
        func label(_ name: String, _ app: JSONValue) async throws -> UInt64 {
            try await fixture.store.modify(fixture.key(.pods, name), context: fixture.context) {
                $0["metadata", "labels", "app"] = app
            }.object.resourceVersion
        }
        _ = try await label("b", "x")
        #expect(await next(watch) == "added b")
        let left = try await label("a", "y")
        guard case .deleted(let object)? = await watch.next() else {
            Issue.record("expected a to leave")
            return
        }
        // The last matching state, with the revision at which it left.
        #expect(object.labels["app"] == "x" && object.resourceVersion == left)
        #expect(object.value["metadata", "resourceVersion"]?.stringValue == String(left))
    }

    @Test func initialEventsEndWithAMarkedBookmark() async throws {
        let fixture = try await ClusterFixture()
        try await fixture.configMap("a")
        let watch = try fixture.store.watch(
            .configMaps, namespace: "default",
            options: WatchOptions(allowBookmarks: true, sendInitialEvents: true))
        #expect(await next(watch) == "added a")
        guard case .bookmark(let revision, true)? = await watch.next() else {
            Issue.record("expected the marked bookmark")
            return
        }
        #expect(revision == fixture.store.resourceVersion)
    }

    @Test func quietWatchesSendBookmarksAndEndAtTheirTimeout() async throws {
        let fixture = try await ClusterFixture()
        let watch = try fixture.store.watch(
            .configMaps, namespace: "default", options: WatchOptions(allowBookmarks: true, timeout: .seconds(90)))
        // Another resource's change moves the bookmark's revision.
        let pod = try await fixture.create(.pods, ClusterFixture.pod("p"))
        async let first = watch.next()
        try await waitForSleepers(fixture.time, 1)
        fixture.time.advance(by: .seconds(60))
        guard case .bookmark(let revision, false)? = await first else {
            Issue.record("expected a bookmark")
            return
        }
        #expect(revision == pod.resourceVersion)
        async let last = next(watch)
        try await waitForSleepers(fixture.time, 1)
        fixture.time.advance(by: .seconds(30))
        #expect(await last == "bookmark")
        #expect(await next(watch) == "end")
    }

    private func waitForSleepers(_ time: ManualTime, _ count: Int) async throws {
        for _ in 0..<10_000 where time.sleeperCount < count { await Task.yield() }
        try #require(time.sleeperCount >= count)
    }

    @Test func cancellingTheReaderEndsTheWatch() async throws {
        let fixture = try await ClusterFixture()
        let watch = try fixture.store.watch(.configMaps, namespace: "default")
        let reader = Task { await next(watch) }
        await Task.yield()
        reader.cancel()
        #expect(await reader.value == "end")
    }

    /// Many writers, one watch from the beginning: replaying its events gives exactly the store's content.
    @Test(arguments: [UInt64(1), 2, 3]) func replayingAWatchGivesTheStore(seed: UInt64) async throws {
        let fixture = try await ClusterFixture(historyCount: 10_000, seed: seed)
        let watch = try fixture.store.watch(.configMaps, namespace: "default")
        let random = SeededRandom(seed: seed)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                let steps = (0..<40).map { _ in (random.number(in: 0..<12), random.number(in: 0..<4)) }
                group.addTask {
                    for (object, action) in steps {
                        let key = fixture.key(.configMaps, "m\(object)")
                        switch action {
                        case 0: _ = try? await fixture.store.delete(key, context: fixture.context)
                        case 1: _ = try? await fixture.configMap(key.name, ["w": .string("\(worker)")])
                        default:
                            _ = try? await fixture.store.modify(key, context: fixture.context) {
                                $0["data", "n"] = .string(String(($0["data"]?["n"]?.stringValue?.count ?? 0) + worker))
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        try await fixture.configMap("the-end")
        var replayed: [String: StoredObject] = [:]
        var last: UInt64 = 0
        loop: while let event = await watch.next() {
            switch event {
            case .added(let object):
                #expect(replayed[object.name] == nil && object.resourceVersion > last)
                replayed[object.name] = object
                last = object.resourceVersion
                if object.name == "the-end" { break loop }
            case .modified(let object):
                #expect(replayed[object.name]?.uid == object.uid && object.resourceVersion > last)
                replayed[object.name] = object
                last = object.resourceVersion
            case .deleted(let object):
                #expect(replayed.removeValue(forKey: object.name) != nil && object.resourceVersion > last)
                last = object.resourceVersion
            case .bookmark, .error: Issue.record("unexpected \(event)")
            }
        }
        let stored = fixture.store.all(.configMaps, namespace: "default")
        #expect(stored.count == replayed.count)
        for object in stored { #expect(replayed[object.name] === object) }
    }
}
