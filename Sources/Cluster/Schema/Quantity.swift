import Document

/// A Kubernetes quantity: a decimal number with an SI or binary suffix, held exactly in billionths.
public struct Quantity: Sendable, Hashable, Comparable {
    /// How the number is written.
    private enum Format: Sendable, Hashable { case decimal, binary, exponent }

    /// The value in billionths, exact.
    private let nano: Int128
    private let format: Format

    /// Reads `100m`, `1.5Gi`, `2e3`; `nil` when malformed. More than nine digits after the point round up.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        var index = 0
        var negative = false
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
            negative = bytes[index] == UInt8(ascii: "-")
            index += 1
        }
        var digits: Int128 = 0
        var scale = 0
        var seenPoint = false
        var count = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "."), !seenPoint {
                seenPoint = true
            } else if (0x30...0x39).contains(bytes[index]) {
                guard count < 27 else { return nil }
                digits = digits * 10 + Int128(bytes[index] - 0x30)
                count += 1
                if seenPoint { scale += 1 }
            } else {
                break
            }
            index += 1
        }
        guard count > 0 else { return nil }
        let suffix = String(decoding: bytes[index...], as: UTF8.self)
        guard let (multiplier, exponent, format) = Self.unit(suffix) else { return nil }
        guard let value = Self.scaled(digits, multiplier: multiplier, exponent: exponent + 9 - scale) else {
            return nil
        }
        nano = negative ? -value : value
        self.format = format
    }

    /// Reads a quantity of a JSON document, where plain numbers are quantities too; `nil` for anything else.
    public init?(json: JSONValue) {
        switch json {
        case .string(let text): self.init(text)
        case .integer(let number): self.init(String(number))
        case .number(let number): self.init(number.description)
        default: return nil
        }
    }

    /// The value in thousandths, rounded up and clamped: CPU as the scheduler counts it.
    public var milli: Int64 { Self.clamped(Self.dividedUp(nano, by: 1_000_000)) }

    /// The value as an integer, rounded up and clamped: bytes of memory.
    public var value: Int64 { Self.clamped(Self.dividedUp(nano, by: 1_000_000_000)) }

    /// Orders by value.
    public static func < (left: Quantity, right: Quantity) -> Bool { left.nano < right.nano }

    /// Equal when the values are, whatever the spelling.
    public static func == (left: Quantity, right: Quantity) -> Bool { left.nano == right.nano }

    /// Hashes the value.
    public func hash(into hasher: inout Hasher) { hasher.combine(nano) }

    /// The canonical spelling: no fraction, the largest suffix that keeps it exact.
    public var canonical: String {
        if nano == 0 { return "0" }
        let billion: Int128 = 1_000_000_000
        if format == .binary, nano % billion == 0, abs(nano / billion) >= 1024 {
            var number = nano / billion
            var power = 0
            while number % 1024 == 0, power < 6 {
                number /= 1024
                power += 1
            }
            return "\(number)\(["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power])"
        }
        var number = nano
        var power = -3
        while number % 1000 == 0, power < 6 {
            number /= 1000
            power += 1
        }
        if format == .exponent { return power == 0 ? "\(number)" : "\(number)e\(power * 3)" }
        return "\(number)\(["n", "u", "m", "", "k", "M", "G", "T", "P", "E"][power + 3])"
    }

    private static func unit(_ suffix: String) -> (multiplier: Int128, exponent: Int, format: Format)? {
        switch suffix {
        case "n": return (1, -9, .decimal)
        case "u": return (1, -6, .decimal)
        case "m": return (1, -3, .decimal)
        case "": return (1, 0, .decimal)
        case "k": return (1, 3, .decimal)
        case "M": return (1, 6, .decimal)
        case "G": return (1, 9, .decimal)
        case "T": return (1, 12, .decimal)
        case "P": return (1, 15, .decimal)
        case "E": return (1, 18, .decimal)
        case "Ki": return (1 << 10, 0, .binary)
        case "Mi": return (1 << 20, 0, .binary)
        case "Gi": return (1 << 30, 0, .binary)
        case "Ti": return (1 << 40, 0, .binary)
        case "Pi": return (1 << 50, 0, .binary)
        case "Ei": return (1 << 60, 0, .binary)
        default:
            guard let first = suffix.first, first == "e" || first == "E", let exponent = Int(suffix.dropFirst()),
                abs(exponent) <= 18
            else { return nil }
            return (1, exponent, .exponent)
        }
    }

    private static func scaled(_ digits: Int128, multiplier: Int128, exponent: Int) -> Int128? {
        let (product, overflow) = digits.multipliedReportingOverflow(by: multiplier)
        guard !overflow else { return nil }
        var value = product
        for _ in 0..<max(exponent, 0) {
            let (next, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = next
        }
        if exponent < 0 {
            var divisor: Int128 = 1
            for _ in 0..<min(-exponent, 36) { divisor *= 10 }
            value = dividedUp(value, by: divisor)
        }
        return value
    }

    private static func dividedUp(_ value: Int128, by divisor: Int128) -> Int128 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder > 0 ? quotient + 1 : quotient
    }

    private static func clamped(_ value: Int128) -> Int64 { Int64(clamping: value) }
}
