import Effects
import Testing

@testable import EventBus

@Suite struct EventJournalTests {
    private let effects = Effects(time: ManualTime(), random: SeededRandom(seed: 1))

    private func entry(_ id: UInt64, _ subject: Subject, kind: String = "object.added", cause: Cause? = nil)
        -> JournalEntry
    {
        JournalEntry(
            Event(
                id: EventID(rawValue: id),
                time: Timestamp(seconds: Int64(id)),
                module: .cluster,
                subject: subject,
                cause: cause,
                payload: kind == "container.removed"
                    ? .container(.removed(container: subject.id)) : .container(.paused(container: subject.id))
            )
        )
    }

    private func withJournal(_ body: (String) async throws -> Void) async throws {
        let path = "/tmp/skiff-journal-\(SystemRandom().next()).sqlite"
        defer { for suffix in ["", "-wal", "-shm"] { removeFile(path + suffix) } }
        try await body(path)
    }

    @Test func entriesComeBackAsTheyWere() async throws {
        try await withJournal { path in
            let journal = try EventJournal(path: path)
            let pod = Subject.object("pods", namespace: "default", name: "web")
            let written = [
                entry(1, pod, cause: .request("r")), entry(2, .container("c"), cause: .event(EventID(rawValue: 1))),
            ]
            try await journal.append(written)
            #expect(try await journal.entries(of: pod) == [written[0]])
            #expect(try await journal.entry(EventID(rawValue: 2)) == written[1])
            #expect(try await journal.entries(since: Timestamp(seconds: 2), limit: 10) == [written[1]])
        }
    }

    @Test func aRestartNeverUsesASequenceNumberTwice() async throws {
        try await withJournal { path in
            let first = try EventJournal(path: path)
            #expect(first.firstID == EventID(rawValue: 1))
            let far = EventJournal.reservation * 3 / 4
            try await first.append([entry(far, .container("c"))])
            let second = try EventJournal(path: path)
            #expect(second.firstID > EventID(rawValue: far + EventJournal.reservation / 4))
        }
    }

    @Test func pruningKeepsTheLinksOfWhatLives() async throws {
        try await withJournal { path in
            let journal = try EventJournal(path: path)
            var entries: [JournalEntry] = []
            for number in 1...100 { entries.append(entry(UInt64(number), .container("alive"))) }
            entries.append(entry(101, .container("gone")))
            entries.append(entry(102, .container("gone"), kind: "container.removed"))
            for number in 103...112 { entries.append(entry(UInt64(number), .container("late"))) }
            try await journal.append(entries)
            try await journal.prune(keeping: 10)
            #expect(try await journal.entries(of: .container("alive"), limit: 1000).count == 64)
            #expect(try await journal.entries(of: .container("gone")).isEmpty)
            #expect(try await journal.entries(of: .container("late")).count == 10)
        }
    }

    @Test func theJournalFollowsTheBus() async throws {
        try await withJournal { path in
            let journal = try EventJournal(path: path)
            let bus = EventBus(effects: effects, firstID: journal.firstID)
            let task = Task { try await journal.run(following: bus) }
            while try await journal.entries(of: .container("c")).isEmpty {
                bus.publish(.container(.paused(container: "c")), subject: .container("c"), module: .runtime)
                await Task.yield()
            }
            task.cancel()
            try await task.value
        }
    }

    @Test func aChainLeadsBackToItsRequest() async throws {
        let pod = Subject.object("pods", namespace: "default", name: "web")
        let known = [
            entry(1, pod, cause: .request("apply")), entry(2, pod, cause: .event(EventID(rawValue: 1))),
            entry(5, pod, cause: .event(EventID(rawValue: 2))),
        ]
        let chain = await CauseChain.following(known[2]) { id in known.first { $0.id == id } }
        #expect(chain.request == "apply")
        #expect(chain.links == known)
    }

    @Test func aChainThatPointsForwardIsCut() async {
        let loop = entry(1, .container("c"), cause: .event(EventID(rawValue: 1)))
        let chain = await CauseChain.following(loop) { _ in loop }
        #expect(chain.links == [loop])
    }
}
