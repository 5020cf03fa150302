/// A hash that is the same in every process and version (FNV-1a, 64 bits), for names that are derived from names.
public enum StableHash {
    /// The hash of the text's UTF-8.
    public static func of(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The first `digits` of the hash's sixteen hexadecimal digits.
    public static func hex(_ text: String, digits: Int) -> String {
        let full = String(of(text), radix: 16)
        return String((String(repeating: "0", count: 16 - full.count) + full).prefix(digits))
    }
}
