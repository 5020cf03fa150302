import Testing

@testable import Keeper

@Suite struct KeeperMessageTests {
    private static let record = ChildRecord(
        id: "a", container: "b", state: .running, pid: 42, startTicks: 7, startedAt: -5,
        log: LogPlan(path: "/x", maxSizeBytes: 9, maxFiles: 2), hasTerminal: true, inputOpen: true,
        closesInputOnce: true, cgroup: CgroupPlacement(unified: "/u", legacy: ["memory": "/m", "cpu": "/c"]),
        droppedLogBytes: 3
    )
    private static let exit = ExitRecord(
        id: "a", container: "", pid: 42, code: 137, reason: .outOfMemory, outOfMemory: true, startedAt: 1, finishedAt: 2
    )

    static let all: [KeeperMessage] = [
        .hello(version: 3), .launch(id: "a"), .exec(id: "ä"), .start(id: "a"), .signal(id: "a", number: 15),
        .resize(id: "a", rows: 24, columns: 80), .attach(id: "a", input: true, output: false, lossless: true),
        .closeInput(id: ""), .list, .acknowledge(id: "a"), .adopt(record: record, roles: [.pidfd, .input]), .upgrade,
        .stop(force: true), .welcome(version: 1, pid: 2, startedAt: 3), .started(record: record, roles: [.terminal]),
        .attached(roles: [.input, .output, .errors]), .child(record: record, roles: []), .done,
        .failed(code: "launchFailed", message: "m", step: "exec", errno: 2), .exited(exit), .attachDropped(id: "a"),
        .inputClosed(id: "a"),
    ]

    @Test(arguments: all) func everyMessageComesBackAsItWas(message: KeeperMessage) throws {
        let (request, decoded) = try KeeperMessage.decode(message.encoded(request: 77))
        #expect(request == 77)
        #expect(decoded == message)
    }

    @Test(arguments: all) func everyShortenedMessageIsRefused(message: KeeperMessage) {
        let bytes = message.encoded(request: 1)
        for length in 0..<bytes.count {
            #expect(throws: KeeperError.self) { try KeeperMessage.decode(Array(bytes.prefix(length))) }
        }
        #expect(throws: KeeperError.self) { try KeeperMessage.decode(bytes + [0]) }
    }

    @Test func aListThatClaimsMoreThanThereIsReservesNothing() {
        var writer = BinaryWriter()
        writer.put(UInt32.max)
        var reader = BinaryReader(writer.bytes)
        #expect(throws: KeeperError.self) {
            try reader.list { reader throws(KeeperError) in try reader.number(UInt8.self) }
        }
    }

    @Test func anUnknownKindIsRefused() {
        #expect(throws: KeeperError.self) { try KeeperMessage.decode([200, 0, 0, 0, 0, 0, 0, 0, 0]) }
    }

    @Test func theFrozenFormsStayAsTheyAre() {
        // A keeper of any other version must understand these: see KeeperSession.greet.
        #expect(KeeperMessage.hello(version: 1).encoded(request: 2) == [1, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0])
        #expect(KeeperMessage.upgrade.encoded(request: 2) == [12, 2, 0, 0, 0, 0, 0, 0, 0])
        #expect(
            KeeperMessage.welcome(version: 1, pid: 2, startedAt: 3).encoded(request: 2)
                == [65, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]
        )
    }
}
