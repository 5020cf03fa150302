/// Reads IP addresses for subject alternative names.
enum IPAddressText {
    /// 4 or 16 bytes in network order, nil when the text is no numeric address. RFC 4291 section 2.2 forms, without
    /// embedded IPv4 and zones.
    static func bytes(_ text: String) -> [UInt8]? {
        text.contains(":") ? self.version6(text) : self.version4(text)
    }

    private static func version4(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { $0.allSatisfy(\.isNumber) ? UInt8($0) : nil }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    private static func version6(_ text: String) -> [UInt8]? {
        guard let gap = text.firstRange(of: "::") else {
            let words = self.words(text[...])
            return words?.count == 16 ? words : nil
        }
        guard let before = self.words(text[..<gap.lowerBound]), let after = self.words(text[gap.upperBound...]),
            before.count + after.count < 16
        else { return nil }
        return before + [UInt8](repeating: 0, count: 16 - before.count - after.count) + after
    }

    private static func words(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        for part in text.split(separator: ":", omittingEmptySubsequences: false) {
            guard part.count <= 4, let word = UInt16(part, radix: 16) else { return nil }
            bytes += [UInt8(word >> 8), UInt8(word & 0xff)]
        }
        return bytes
    }
}
