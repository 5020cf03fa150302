/// Finds where one HTTP/1 request ends in a byte stream, so that the parser is never fed a byte of what follows.
///
/// The parser (NIO's) remains the only judge of the syntax; this counts bytes. When the two disagree the gate closes
/// the connection, which is also what stops request smuggling. Source: RFC 9112 sections 2, 6 and 7.
struct RequestFraming {
    /// How the body of the current request is delimited, as its parsed head says.
    enum Body: Equatable {
        case none
        case length(Int)
        case chunked
    }

    private enum State {
        case head(HeadScanner)
        case length(Int)
        case chunked(ChunkScanner)
        case done
    }

    private var state: State = .head(HeadScanner())

    /// True when all of the current request's bytes were counted.
    var isComplete: Bool {
        if case .done = self.state { return true }
        return false
    }

    /// What the counted bytes ended with.
    struct Step: Equatable {
        /// Bytes, from the start of the buffer, that belong to the current request.
        let count: Int
        /// True when they end the head; `begin(body:)` must follow once the parser has seen it.
        let endsHead: Bool
    }

    /// Counts how many of `bytes` may be given to the parser now.
    mutating func advance(_ bytes: UnsafeRawBufferPointer) -> Step {
        switch self.state {
        case .done:
            return Step(count: 0, endsHead: false)
        case .head(var scanner):
            let count = scanner.scan(bytes)
            self.state = .head(scanner)
            return Step(count: count ?? bytes.count, endsHead: count != nil)
        case .length(let left):
            let count = min(left, bytes.count)
            self.state = left == count ? .done : .length(left - count)
            return Step(count: count, endsHead: false)
        case .chunked(var scanner):
            let count = scanner.scan(bytes)
            self.state = scanner.isDone ? .done : .chunked(scanner)
            return Step(count: count, endsHead: false)
        }
    }

    /// Says how the body is framed, after the parser has delivered the head.
    mutating func begin(body: Body) {
        switch body {
        case .none, .length(0): self.state = .done
        case .length(let count): self.state = .length(count)
        case .chunked: self.state = .chunked(ChunkScanner())
        }
    }

    /// Starts over for the next request.
    mutating func reset() {
        self.state = .head(HeadScanner())
    }
}

/// Finds the empty line that ends a head, across buffers.
struct HeadScanner {
    private var lineIsEmpty = false

    /// Returns the count of bytes up to and including the empty line, nil when it is not in these bytes.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Int? {
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "\n"):
                if self.lineIsEmpty {
                    self.lineIsEmpty = false
                    return index + 1
                }
                self.lineIsEmpty = true
            case UInt8(ascii: "\r"):
                break
            default:
                self.lineIsEmpty = false
            }
        }
        return nil
    }
}

/// Finds the end of a chunked body, across buffers; RFC 9112 section 7.1.
struct ChunkScanner {
    private enum State {
        case size(Int)
        case sizeExtension(Int)
        case data(Int)
        case dataEnd
        case trailerLine(isEmpty: Bool)
        case done
    }

    private var state: State = .size(0)
    // Sizes beyond 2^48 are refused by the parser first; here they only must not overflow.
    private static let sizeLimit = 1 << 48

    /// True after the final empty line.
    var isDone: Bool {
        if case .done = self.state { return true }
        return false
    }

    /// Returns how many of `bytes` belong to the body.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Int {
        var index = 0
        while index < bytes.count {
            if case .done = self.state { return index }
            if case .data(let left) = self.state {
                let count = min(left, bytes.count - index)
                index += count
                self.state = left == count ? .dataEnd : .data(left - count)
                continue
            }
            self.step(bytes[index])
            index += 1
        }
        return index
    }

    private mutating func step(_ byte: UInt8) {
        let isNewline = byte == UInt8(ascii: "\n")
        switch self.state {
        case .size(let size):
            if isNewline {
                self.beginData(size)
            } else if let digit = Character(UnicodeScalar(byte)).hexDigitValue {
                self.state = .size(min(size << 4 | digit, Self.sizeLimit))
            } else {
                self.state = .sizeExtension(size)
            }
        case .sizeExtension(let size):
            if isNewline { self.beginData(size) }
        case .dataEnd:
            if isNewline { self.state = .size(0) }
        case .trailerLine(let isEmpty):
            if isNewline {
                self.state = isEmpty ? .done : .trailerLine(isEmpty: true)
            } else if byte != UInt8(ascii: "\r") {
                self.state = .trailerLine(isEmpty: false)
            }
        case .data, .done:
            break
        }
    }

    private mutating func beginData(_ size: Int) {
        self.state = size == 0 ? .trailerLine(isEmpty: true) : .data(size)
    }
}
