/// One range of bytes that a client asks for (RFC 9110, section 14).
struct ByteRange: Hashable {
    /// First byte.
    let first: Int64
    /// Last byte, included.
    let last: Int64

    /// What a `Range` header means for content of `size` bytes.
    enum Answer: Hashable {
        /// No range, or one that is to be ignored: the whole content.
        case whole
        /// This part.
        case part(ByteRange)
        /// Nothing of the content: status 416.
        case unsatisfiable
    }

    /// Reads `bytes=a-b`, `bytes=a-` and `bytes=-n`; an end beyond the content is cut, several ranges mean the whole.
    static func parse(_ header: String?, size: Int64) -> Answer {
        guard let header, header.hasPrefix("bytes=") else { return .whole }
        let parts = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else {
            return .whole
        }
        switch (number(parts[0]), number(parts[1])) {
        case (nil, nil): return .whole
        case (nil, let count?):
            guard count > 0, size > 0 else { return .unsatisfiable }
            return .part(ByteRange(first: max(0, size - count), last: size - 1))
        case (let first?, let last):
            guard first < size else { return .unsatisfiable }
            if let last, last < first { return .unsatisfiable }
            return .part(ByteRange(first: first, last: min(last ?? .max, size - 1)))
        }
    }

    /// Reads the `Content-Range` of a chunk: `a-b`, without unit or total (distribution-spec, "Pushing a blob in chunks").
    static func parseChunk(_ header: String) -> ByteRange? {
        let parts = header.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = number(parts[0]), let last = number(parts[1]), last >= first else {
            return nil
        }
        return ByteRange(first: first, last: last)
    }

    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        // Longer than any file: beyond the end all the same.
        return Int64(text) ?? .max
    }
}
