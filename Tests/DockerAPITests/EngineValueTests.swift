import Effects
import NIOCore
import Runtime
import Testing

@testable import DockerAPI

@Suite struct EngineValueTests {
    @Test func filtersAreReadInBothSpellings() throws {
        let go = try Filters(#"{"label":{"a=b":true,"c":true},"name":{"x":false}}"#, allowed: ["label", "name"])
        #expect(go["label"].sorted() == ["a=b", "c"])
        #expect(go["name"] == [])
        let python = try Filters(#"{"label":["a=b"]}"#, allowed: ["label"])
        #expect(python.allowsLabels(["a": "b"]))
        #expect(!python.allowsLabels(["a": "c"]))
        #expect(try Filters(nil, allowed: []).isEmpty)
        let error = #expect(throws: EngineError.self) { try Filters(#"{"odd":["x"]}"#, allowed: ["label"]) }
        #expect(error?.message == "Invalid filter 'odd'")
        #expect(throws: EngineError.self) { try Filters("[1]", allowed: []) }
    }

    @Test func timesAreReadInAllTheirForms() throws {
        let now = Timestamp(seconds: 1000)
        #expect(try TimeParameter.parse("12.5", now: now) == Timestamp(nanoseconds: 12_500_000_000))
        #expect(try TimeParameter.parse("1970-01-01T00:00:10Z", now: now) == Timestamp(seconds: 10))
        #expect(try TimeParameter.parse("1m30s", now: now) == Timestamp(seconds: 910))
        #expect(try TimeParameter.parse("", now: now) == nil)
        #expect(try TimeParameter.parse("0", now: now) == nil)
        #expect(throws: EngineError.self) { try TimeParameter.parse("soon", now: now) }
    }

    @Test(
        arguments: [
            (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"), (150, "2 minutes"),
            (3600, "About an hour"), (7200, "2 hours"), (86_400 * 3, "3 days"), (86_400 * 20, "2 weeks"),
            (86_400 * 90, "3 months"), (86_400 * 800, "2 years"),
        ] as [(Int64, String)])
    func durationsHaveDockersWords(seconds: Int64, text: String) {
        #expect(StatusText.coarse(seconds: seconds) == text)
    }

    @Test func versionsAreOrdered() {
        #expect(EngineVersion("1.9").map { $0 < EngineVersion(major: 1, minor: 24) } == true)
        #expect(EngineVersion("1.x") == nil)
        #expect(EngineVersion("2") == nil)
    }

    @Test func detachKeysAreReadAndFound() throws {
        #expect(try DetachKeys.parse(nil) == [16, 17])
        #expect(try DetachKeys.parse("a,ctrl-b") == [97, 2])
        #expect(throws: EngineError.self) { try DetachKeys.parse("ctrl-") }
        var keys = DetachKeys([16, 17])
        func take(_ bytes: [UInt8]) -> DetachKeys.Outcome { keys.take(bytes, active: true) }
        let first = take([65, 16])
        #expect(first == .pass([65]))
        let broken = take([66])
        #expect(broken == .pass([16, 66]))
        let repeated = take([16, 16])
        #expect(repeated == .pass([16]))
        let detached = take([17, 67])
        #expect(detached == .detach)
        let passive = keys.take([16, 17], active: false)
        #expect(passive == .pass([16, 17]))
    }

    @Test func framesCarryTheirLength() {
        let frame = StreamFrame.buffer(.errors, [1, 2, 3], isTerminal: false)
        #expect(Array(frame.readableBytesView) == [2, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3])
        #expect(Array(StreamFrame.buffer(.output, [7], isTerminal: true).readableBytesView) == [7])
        let old = EngineVersion(major: 1, minor: 41)
        #expect(StreamFrame.mediaType(isTerminal: false, version: old) == StreamFrame.raw)
        #expect(StreamFrame.mediaType(isTerminal: false, version: EngineInfo.apiVersion) == StreamFrame.multiplexed)
    }

    @Test func errorsGetTheStatusesClientsExpect() {
        func status(_ code: RuntimeError.Code) -> Int {
            ErrorMapping.engineError(from: RuntimeError(code, "x")).code.status
        }
        #expect(status(.notFound) == 404)
        #expect(status(.imageNotFound) == 404)
        #expect(status(.conflict) == 409)
        #expect(status(.notRunning) == 409)
        #expect(status(.unchanged) == 304)
        #expect(status(.unsupported) == 501)
        #expect(status(.commandNotFound) == 400)
        #expect(status(.portInUse) == 500)
    }
}
