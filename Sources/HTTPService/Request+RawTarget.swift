import HTTPTypes
import Hummingbird
import HummingbirdCore

extension Request {
    /// The request target's path exactly as sent: percent-encoding untouched, without query.
    public var rawPath: Substring {
        let target = self.head.path ?? "/"
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return target[...] }
        return target[..<mark]
    }

    /// The path's segments, percent-decoded one by one after splitting at `/`, so an encoded slash stays inside its
    /// segment. Empty segments are dropped. Nil when an escape is malformed or is not UTF-8.
    public var pathSegments: [String]? {
        var segments: [String] = []
        for raw in self.rawPath.utf8.split(separator: UInt8(ascii: "/")) {
            guard let segment = PercentEncoding.decode(Substring(raw).utf8, plusIsSpace: false) else { return nil }
            segments.append(segment)
        }
        return segments
    }

    /// The query's items in order, decoded; a key without `=` has an empty value. Malformed escapes are kept as sent.
    public var queryItems: QueryItems { QueryItems(query: self.head.path ?? "") }
}

/// A decoded query string: order and repetition kept, as `command=a&command=b` needs.
public struct QueryItems: Sendable, Hashable {
    /// Keys and values in order.
    public let items: [Item]

    /// One `key=value`.
    public struct Item: Sendable, Hashable {
        /// Decoded key.
        public let key: String
        /// Decoded value; empty without `=`.
        public let value: String
    }

    /// Reads everything after the first `?` of a request target.
    public init(query target: String) {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else {
            self.items = []
            return
        }
        let query = target.utf8[target.utf8.index(after: mark)...]
        self.items = query.split(separator: UInt8(ascii: "&")).map { pair in
            let equals = pair.firstIndex(of: UInt8(ascii: "="))
            let key = pair[..<(equals ?? pair.endIndex)]
            let value = equals.map { pair[pair.index(after: $0)...] } ?? pair[pair.endIndex...]
            return Item(
                key: PercentEncoding.decode(key, plusIsSpace: true) ?? String(Substring(key)),
                value: PercentEncoding.decode(value, plusIsSpace: true) ?? String(Substring(value))
            )
        }
    }

    /// The first value of a key.
    public subscript(_ key: String) -> String? { self.items.first { $0.key == key }?.value }

    /// All values of a key, in order.
    public func all(_ key: String) -> [String] { self.items.filter { $0.key == key }.map(\.value) }
}

/// RFC 3986 percent-encoding.
public enum PercentEncoding {
    /// Decodes `%XX` (and `+` as a blank in queries); nil when an escape is malformed or the result is not UTF-8.
    public static func decode(_ text: some Sequence<UInt8>, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            if byte == UInt8(ascii: "%") {
                guard let high = iterator.next().flatMap(self.hexValue),
                    let low = iterator.next().flatMap(self.hexValue)
                else { return nil }
                bytes.append(high << 4 | low)
            } else if plusIsSpace, byte == UInt8(ascii: "+") {
                bytes.append(UInt8(ascii: " "))
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Encodes all but RFC 3986's unreserved characters, so the result is safe as one segment or one query value.
    public static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
