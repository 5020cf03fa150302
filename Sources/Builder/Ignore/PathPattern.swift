/// A path pattern in Go's `filepath.Match` syntax, with `**` where it is allowed. Pure.
public struct PathPattern: Sendable, Hashable {
    private enum Token: Sendable, Hashable {
        case literal(Unicode.Scalar)
        /// `?`
        case anyOne
        /// `*`
        case anyRun
        /// `**` at the end or before something else than a slash.
        case anyPath
        /// `**/`
        case anyDirectories
        case set(ranges: [ClosedRange<UInt32>], isNegated: Bool)
    }

    /// The pattern as given.
    public let text: String
    private let tokens: [Token]
    /// The bytes to compare when the pattern holds no wildcard.
    private let literalText: String?
    /// The leading path parts that hold no wildcard.
    let literalPrefix: [String]

    /// Whether the pattern holds a wildcard.
    public var hasWildcard: Bool { literalText == nil }

    /// Reads a pattern.
    ///
    /// - Parameter crossesDirectories: whether `**` matches any number of directories.
    /// - Throws: `BuilderError` `.invalidValue` for an unclosed `[` or a trailing backslash.
    public init(_ text: String, crossesDirectories: Bool = true) throws(BuilderError) {
        self.text = text
        var tokens: [Token] = []
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "*":
                guard crossesDirectories, scalars.first == "*" else {
                    if tokens.last != .anyRun { tokens.append(.anyRun) }
                    continue
                }
                scalars = scalars.drop { $0 == "*" }
                if scalars.first == "/" {
                    scalars = scalars.dropFirst()
                    tokens.append(.anyDirectories)
                } else {
                    tokens.append(.anyPath)
                }
            case "?": tokens.append(.anyOne)
            case "[": tokens.append(try Self.set(&scalars, in: text))
            case "\\":
                guard let escaped = scalars.popFirst() else { throw Self.malformed(text) }
                tokens.append(.literal(escaped))
            default: tokens.append(.literal(scalar))
            }
        }
        self.tokens = tokens
        let isLiteral = tokens.allSatisfy { if case .literal = $0 { true } else { false } }
        var plain = String.UnicodeScalarView()
        for case .literal(let scalar) in tokens.prefix(while: { if case .literal = $0 { true } else { false } }) {
            plain.append(scalar)
        }
        literalText = isLiteral ? String(plain) : nil
        let parts = String(plain).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        literalPrefix = isLiteral ? parts : Array(parts.dropLast())
    }

    private static func malformed(_ text: String) -> BuilderError {
        BuilderError(.invalidValue, "syntax error in pattern \"\(text)\"")
    }

    private static func set(
        _ scalars: inout ArraySlice<Unicode.Scalar>, in text: String
    ) throws(BuilderError) -> Token {
        let isNegated = scalars.first == "^"
        if isNegated { scalars = scalars.dropFirst() }
        var ranges: [ClosedRange<UInt32>] = []
        while true {
            if scalars.first == "]", !ranges.isEmpty {
                scalars = scalars.dropFirst()
                return .set(ranges: ranges, isNegated: isNegated)
            }
            let low = try member(&scalars, in: text)
            var high = low
            if scalars.first == "-" {
                scalars = scalars.dropFirst()
                high = try member(&scalars, in: text)
            }
            // A range that runs backwards matches nothing, as in Go.
            if low <= high { ranges.append(low...high) } else { ranges.append(UInt32.max...UInt32.max) }
        }
    }

    private static func member(
        _ scalars: inout ArraySlice<Unicode.Scalar>, in text: String
    ) throws(BuilderError) -> UInt32 {
        guard let scalar = scalars.popFirst(), scalar != "-", scalar != "]" else { throw malformed(text) }
        guard scalar == "\\" else { return scalar.value }
        guard let escaped = scalars.popFirst() else { throw malformed(text) }
        return escaped.value
    }

    /// Whether the whole of `path` (no leading slash) matches.
    public func matches(_ path: String) -> Bool {
        if let literalText { return literalText == path }
        if let first = literalPrefix.first, !first.isEmpty, !path.hasPrefix(first) { return false }
        let scalars = Array(path.unicodeScalars)
        var active = [Bool](repeating: false, count: tokens.count + 1)
        active[0] = true
        spread(&active, atBoundary: true)
        for scalar in scalars {
            var following = [Bool](repeating: false, count: tokens.count + 1)
            for (position, token) in tokens.enumerated() where active[position] {
                step(token, at: position, over: scalar, into: &following)
            }
            spread(&following, atBoundary: scalar == "/")
            guard following.contains(true) else { return false }
            active = following
        }
        return active[tokens.count]
    }

    /// Follows one token over one character; all ways through the pattern are followed at once.
    private func step(_ token: Token, at position: Int, over scalar: Unicode.Scalar, into following: inout [Bool]) {
        switch token {
        case .literal(let wanted): if wanted == scalar { following[position + 1] = true }
        case .anyOne: if scalar != "/" { following[position + 1] = true }
        case .anyRun: if scalar != "/" { following[position] = true }
        case .anyPath, .anyDirectories: following[position] = true
        case .set(let ranges, let isNegated):
            guard scalar != "/" else { return }
            if ranges.contains(where: { $0.contains(scalar.value) }) != isNegated { following[position + 1] = true }
        }
    }

    /// Moves over tokens that may match nothing. `**/` is left only where a directory begins.
    private func spread(_ active: inout [Bool], atBoundary: Bool) {
        for (position, token) in tokens.enumerated() where active[position] {
            switch token {
            case .anyRun, .anyPath: active[position + 1] = true
            case .anyDirectories: if atBoundary { active[position + 1] = true }
            default: break
            }
        }
    }
}
