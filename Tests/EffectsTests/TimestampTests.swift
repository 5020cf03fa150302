import Effects
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00Z"),
        (1_709_210_096, "2024-02-29T12:34:56Z"),
        (951_827_696, "2000-02-29T12:34:56Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (4_102_444_799, "2099-12-31T23:59:59Z"),
    ])
    func writesAndReadsSeconds(seconds: Int64, text: String) {
        #expect(Timestamp(seconds: seconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text) == Timestamp(seconds: seconds))
    }

    @Test func nanosecondFormsKeepTheirDigits() {
        let moment = Timestamp(nanoseconds: 1_700_000_000_120_000_000)
        #expect(moment.rfc3339Nano == "2023-11-14T22:13:20.12Z")
        #expect(moment.rfc3339Micro == "2023-11-14T22:13:20.120000Z")
        #expect(Timestamp(seconds: 1_700_000_000).rfc3339Nano == "2023-11-14T22:13:20Z")
        #expect(Timestamp(rfc3339: "2023-11-14T22:13:20.12Z") == moment)
    }

    @Test func offsetsAreSubtracted() {
        #expect(Timestamp(rfc3339: "2023-11-14T23:13:20+01:00") == Timestamp(seconds: 1_700_000_000))
        #expect(Timestamp(rfc3339: "2023-11-14T16:43:20-05:30") == Timestamp(seconds: 1_700_000_000))
    }

    @Test(arguments: [
        "", "2023", "2023-11-14", "2023-11-14T22:13:20", "2023-13-14T22:13:20Z", "2023-11-14T25:13:20Z",
        "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20Zx", "9999-12-31T00:00:00Z", "２０２３-11-14T22:13:20Z",
    ])
    func whatIsNoMomentIsRefused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func arithmeticIsExactToTheNanosecond() {
        let start = Timestamp(nanoseconds: 5)
        #expect((start + .nanoseconds(7)) - start == .nanoseconds(7))
        #expect(start - .seconds(1) == Timestamp(nanoseconds: -999_999_995))
    }
}
