import CLinux

/// Time as logs write it, without Foundation.
enum WallClock {
    static var nanoseconds: Int64 { skiff_clock_realtime_ns() }
    static var monotonicNanoseconds: Int64 { skiff_clock_monotonic_ns() }

    /// RFC 3339 in UTC with nine digits of the second: `2026-11-23T15:28:18.000000001Z`.
    static func rfc3339(_ nanoseconds: Int64) -> [UInt8] {
        let perSecond: Int64 = 1_000_000_000
        let seconds = nanoseconds >= 0 ? nanoseconds / perSecond : (nanoseconds - perSecond + 1) / perSecond
        let fraction = nanoseconds - seconds * perSecond
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let second = seconds - day * 86_400
        let date = civil(fromDays: day)
        var text: [UInt8] = []
        text.reserveCapacity(30)
        append(date.year, digits: 4, to: &text)
        text.append(UInt8(ascii: "-"))
        append(date.month, digits: 2, to: &text)
        text.append(UInt8(ascii: "-"))
        append(date.day, digits: 2, to: &text)
        text.append(UInt8(ascii: "T"))
        append(second / 3600, digits: 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(second / 60 % 60, digits: 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(second % 60, digits: 2, to: &text)
        text.append(UInt8(ascii: "."))
        append(fraction, digits: 9, to: &text)
        text.append(UInt8(ascii: "Z"))
        return text
    }

    /// The Gregorian date of a day number, 1970-01-01 being 0: years are counted from March, so that the leap day is the
    /// last of a year, in eras of 400 years (146,097 days).
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func append(_ number: Int64, digits: Int, to text: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}
