// Byte classes of the OCI grammars. They are ASCII on purpose: Unicode's idea of a letter or digit is wider.

extension UInt8 {
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
    var isLower: Bool { self >= UInt8(ascii: "a") && self <= UInt8(ascii: "z") }
    var isUpper: Bool { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") }
    var isLowerAlphanumeric: Bool { isLower || isDigit }
    var isAlphanumeric: Bool { isLower || isUpper || isDigit }
    var isLowerHex: Bool { isDigit || (self >= UInt8(ascii: "a") && self <= UInt8(ascii: "f")) }
}

extension String {
    /// The value in quotes with control characters escaped and cut at 200 characters: errors reach terminals and logs.
    var quotedForError: String {
        var out = "\""
        for scalar in unicodeScalars.prefix(200) {
            out += scalar.escaped(asASCII: false)
        }
        return out + (unicodeScalars.count > 200 ? "…\"" : "\"")
    }
}
