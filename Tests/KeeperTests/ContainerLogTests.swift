import Document
import SystemLinux
import Testing

@testable import Keeper

@Suite struct ContainerLogTests {
    private func line(_ bytes: [UInt8]) throws -> String {
        var output: [UInt8] = []
        LogLine.append(bytes[...], stream: .errors, time: Array("T".utf8), to: &output)
        #expect(output.last == UInt8(ascii: "\n"))
        let value = try JSONReader.parse(output)
        #expect(value["stream"]?.stringValue == "stderr")
        #expect(value["time"]?.stringValue == "T")
        return try #require(value["log"]?.stringValue)
    }

    @Test func everyTextSurvives() throws {
        for text in ["plain\n", "quote \" back \\ tab \t bell \u{7}", "ünïcödé 🛶 \u{2028}", "\u{0}\u{1f}\r\n", ""] {
            #expect(try line(Array(text.utf8)) == text)
        }
    }

    @Test func brokenUTF8BecomesTheReplacementCharacter() throws {
        let cases: [([UInt8], String)] = [
            ([0xff, 0x41], "\u{fffd}A"), ([0x41, 0xc3], "A\u{fffd}"), ([0xc0, 0x80], "\u{fffd}\u{fffd}"),
            ([0xed, 0xa0, 0x80], "\u{fffd}\u{fffd}\u{fffd}"),
            ([0xf5, 0x80, 0x80, 0x80], "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            ([0xe2, 0x82, 0x41], "\u{fffd}\u{fffd}A"),
        ]
        for (bytes, expected) in cases { #expect(try line(bytes) == expected) }
    }

    @Test func timesAreRFC3339() {
        let cases: [(Int64, String)] = [
            (0, "1970-01-01T00:00:00.000000000Z"), (1_795_451_457_093_334_587, "2026-11-23T16:30:57.093334587Z"),
            (951_782_400_000_000_001, "2000-02-29T00:00:00.000000001Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
            (4_107_542_399_999_999_999, "2100-02-28T23:59:59.999999999Z"),
        ]
        for (time, text) in cases { #expect(String(decoding: WallClock.rfc3339(time), as: UTF8.self) == text) }
    }

    private func withLog(
        _ size: Int64 = 0, _ files: Int = 3, _ body: (ContainerLog, String) throws -> Void
    ) throws {
        let directory = "/tmp/skiff-log-test-\(WallClock.monotonicNanoseconds)"
        try Directory.make(directory)
        defer { try? Directory.removeTree(directory) }
        try body(
            try ContainerLog(LogPlan(path: "\(directory)/log", maxSizeBytes: size, maxFiles: files)), "\(directory)/log"
        )
    }

    private func entries(_ path: String) throws -> [String] {
        try File.readText(path).split(separator: "\n").map { line in
            try #require(try JSONReader.parse(String(line))["log"]?.stringValue)
        }
    }

    @Test func linesAreJoinedAcrossReadsAndStreamsKeptApart() throws {
        try withLog { log, path in
            log.append(Array("one ".utf8)[...], from: .output)
            log.append(Array("error\n".utf8)[...], from: .errors)
            log.append(Array("line\ntw".utf8)[...], from: .output)
            let before = try entries(path)
            #expect(before == ["error\n", "one line\n"])
            log.finish(.output)
            let after = try entries(path)
            #expect(after == ["error\n", "one line\n", "tw"])
        }
    }

    @Test func longLinesAreSplitBetweenCharacters() throws {
        try withLog { log, path in
            let text = String(repeating: "ä", count: 20_000)
            log.append(Array((text + "\n").utf8)[...], from: .output)
            let parts = try entries(path)
            #expect(parts.joined() == text + "\n")
            #expect(parts.allSatisfy { $0.utf8.count <= ContainerLog.lineLimit })
            #expect(parts.count == 3)
        }
    }

    @Test func rotationKeepsTheNewestFiles() throws {
        try withLog(500, 2) { log, path in
            for number in 0..<100 { log.append(Array("line \(number)\n".utf8)[...], from: .output) }
            #expect(!File.exists("\(path).2"))
            let kept = try entries("\(path).1") + entries(path)
            #expect(kept.last == "line 99\n")
            #expect(kept.count < 20)
        }
    }

    @Test func oneFileIsStartedOver() throws {
        try withLog(500, 1) { log, path in
            for number in 0..<100 { log.append(Array("line \(number)\n".utf8)[...], from: .output) }
            #expect(!File.exists("\(path).1"))
            let size = try File.status(path).sizeBytes
            #expect(size <= 600)
        }
    }

    @Test func aFullDiskDropsLinesAndCountsThem() throws {
        let log = try ContainerLog(LogPlan(path: "/dev/full"))
        log.append(Array("lost\n".utf8)[...], from: .output)
        #expect(log.droppedBytes > 5)
    }
}
