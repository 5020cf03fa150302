extension Timestamp {
    /// RFC 3339 in UTC with whole seconds: `2026-11-23T15:04:05Z`, as Kubernetes writes `Time`.
    public var rfc3339: String {
        CivilTime(self).text(fraction: "")
    }

    /// RFC 3339 in UTC with nanoseconds, trailing zeros dropped: Go's RFC3339Nano, as Docker writes times.
    public var rfc3339Nano: String {
        var fraction = nineDigits
        while fraction.last == "0" { fraction.removeLast() }
        return CivilTime(self).text(fraction: fraction)
    }

    /// RFC 3339 in UTC with exactly six fraction digits, as Kubernetes writes `MicroTime`.
    public var rfc3339Micro: String {
        CivilTime(self).text(fraction: String(nineDigits.prefix(6)))
    }

    private var nineDigits: String {
        let fraction = nanoseconds - seconds * 1_000_000_000
        return CivilTime.padded(fraction, to: 9)
    }

    /// Reads RFC 3339 text (any offset, up to nine fraction digits, more are cut); nil when it is not.
    public init?(rfc3339 text: String) {
        guard let moment = CivilTime.parse(Array(text.utf8)) else { return nil }
        self = moment
    }
}

/// A moment split into the fields of the proleptic Gregorian calendar, UTC.
struct CivilTime {
    let year: Int64
    let month: Int64
    let day: Int64
    let secondOfDay: Int64

    init(_ moment: Timestamp) {
        let seconds = moment.seconds
        let dayNumber = seconds >= 0 ? seconds / 86_400 : -((-seconds + 86_399) / 86_400)
        secondOfDay = seconds - dayNumber * 86_400
        (year, month, day) = Self.date(ofDay: dayNumber)
    }

    /// Days since the epoch to a date. The year is counted from March so that the leap day comes last.
    private static func date(ofDay dayNumber: Int64) -> (Int64, Int64, Int64) {
        let shifted = dayNumber + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    func text(fraction: String) -> String {
        let hour = secondOfDay / 3600
        let minute = secondOfDay / 60 % 60
        let second = secondOfDay % 60
        let date = "\(Self.padded(year, to: 4))-\(Self.padded(month, to: 2))-\(Self.padded(day, to: 2))"
        let clock = "\(Self.padded(hour, to: 2)):\(Self.padded(minute, to: 2)):\(Self.padded(second, to: 2))"
        return "\(date)T\(clock)\(fraction.isEmpty ? "" : ".")\(fraction)Z"
    }

    static func padded(_ number: Int64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    static func parse(_ bytes: [UInt8]) -> Timestamp? {
        var reader = DigitReader(bytes: bytes)
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2), reader.skip(":"),
            let second = reader.number(2), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second < 61
        else { return nil }
        let fraction = reader.skip(".") ? reader.fraction() : 0
        guard let fraction, let offset = reader.offset(), reader.isAtEnd else { return nil }
        let days = dayNumber(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        // Int64 nanoseconds reach from 1677 to 2262; text outside that is no moment we can hold.
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return nil }
        let (total, tooFar) = nanoseconds.addingReportingOverflow(fraction)
        return tooFar ? nil : Timestamp(nanoseconds: total)
    }
}

/// A cursor over ASCII digits and separators.
private struct DigitReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ character: Character) -> Bool {
        guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
        position += 1
        return true
    }

    mutating func number(_ width: Int) -> Int64? {
        guard position + width <= bytes.count else { return nil }
        var value: Int64 = 0
        for byte in bytes[position..<position + width] {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - 48)
        }
        position += width
        return value
    }

    /// Reads at least one fraction digit and returns nanoseconds.
    mutating func fraction() -> Int64? {
        var value: Int64 = 0
        var scale: Int64 = 100_000_000
        let start = position
        while position < bytes.count, (48...57).contains(bytes[position]) {
            value += Int64(bytes[position] - 48) * scale
            scale /= 10
            position += 1
        }
        return position > start ? value : nil
    }

    /// Reads `Z` or `±hh:mm` and returns seconds east of UTC.
    mutating func offset() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int64
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
