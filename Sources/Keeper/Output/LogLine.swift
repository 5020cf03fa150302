/// Lines of Docker's json-file format: `{"log":"…\n","stream":"stdout","time":"…"}`.
enum LogLine {
    /// Appends one line. `text` includes its newline when it is complete. Bytes that are no UTF-8 become U+FFFD.
    static func append(_ text: ArraySlice<UInt8>, stream: LogStream, time: [UInt8], to output: inout [UInt8]) {
        output.append(contentsOf: Self.head)
        appendEscaped(text, to: &output)
        output.append(contentsOf: stream.middle)
        output.append(contentsOf: time)
        output.append(contentsOf: Self.tail)
    }

    private static let head = Array("{\"log\":\"".utf8)
    private static let tail = Array("\"}\n".utf8)
    private static let replacement: [UInt8] = [0xef, 0xbf, 0xbd]
    private static let hex = Array("0123456789abcdef".utf8)

    private static func appendEscaped(_ text: ArraySlice<UInt8>, to output: inout [UInt8]) {
        var index = text.startIndex
        var plainStart = index
        while index < text.endIndex {
            let byte = text[index]
            if byte >= 0x20 && byte < 0x80 && byte != 0x22 && byte != 0x5c {
                index += 1
                continue
            }
            if byte >= 0x80, let length = sequenceLength(text, at: index) {
                index += length
                continue
            }
            output.append(contentsOf: text[plainStart..<index])
            if byte >= 0x80 { output.append(contentsOf: replacement) } else { appendEscape(byte, to: &output) }
            index += 1
            plainStart = index
        }
        output.append(contentsOf: text[plainStart..<index])
    }

    private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(0x5c)
        switch byte {
        case 0x22, 0x5c: output.append(byte)
        case 0x0a: output.append(UInt8(ascii: "n"))
        case 0x0d: output.append(UInt8(ascii: "r"))
        case 0x09: output.append(UInt8(ascii: "t"))
        default:
            output.append(contentsOf: [UInt8(ascii: "u"), 0x30, 0x30, hex[Int(byte >> 4)], hex[Int(byte & 0xf)]])
        }
    }

    /// The length of the well-formed UTF-8 sequence that begins here (Unicode 15, table 3-7); nil for a broken one.
    static func sequenceLength(_ text: ArraySlice<UInt8>, at index: Int) -> Int? {
        let lead = text[index]
        let (length, low, high): (Int, UInt8, UInt8)
        switch lead {
        case 0xc2...0xdf: (length, low, high) = (2, 0x80, 0xbf)
        case 0xe0: (length, low, high) = (3, 0xa0, 0xbf)
        case 0xed: (length, low, high) = (3, 0x80, 0x9f)
        case 0xe1...0xef: (length, low, high) = (3, 0x80, 0xbf)
        case 0xf0: (length, low, high) = (4, 0x90, 0xbf)
        case 0xf1...0xf3: (length, low, high) = (4, 0x80, 0xbf)
        case 0xf4: (length, low, high) = (4, 0x80, 0x8f)
        default: return nil
        }
        guard index + length <= text.endIndex, (low...high).contains(text[index + 1]) else { return nil }
        for position in (index + 2)..<max(index + 2, index + length) where text[position] & 0xc0 != 0x80 { return nil }
        return length
    }
}

/// Which of a process's streams a line came from.
enum LogStream: UInt8, Sendable, Hashable {
    case output = 1
    case errors = 2

    fileprivate var middle: [UInt8] {
        switch self {
        case .output: Self.outputMiddle
        case .errors: Self.errorsMiddle
        }
    }

    private static let outputMiddle = Array("\",\"stream\":\"stdout\",\"time\":\"".utf8)
    private static let errorsMiddle = Array("\",\"stream\":\"stderr\",\"time\":\"".utf8)
}
