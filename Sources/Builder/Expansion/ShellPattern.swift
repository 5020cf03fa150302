/// A pattern of the `${name#pattern}` operators: `*`, `?` and escaped characters, nothing else.
struct ShellPattern {
    private enum Token: Equatable {
        case anyRun
        case anyOne
        case literal(Unicode.Scalar)
    }

    private let tokens: [Token]

    /// Reads a pattern; a backslash makes the next character literal.
    init(_ text: String) {
        var tokens: [Token] = []
        var scalars = text.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            switch scalar {
            case "*": if tokens.last != .anyRun { tokens.append(.anyRun) }
            case "?": tokens.append(.anyOne)
            case "\\": tokens.append(.literal(scalars.next() ?? "\\"))
            default: tokens.append(.literal(scalar))
            }
        }
        self.tokens = tokens
    }

    private init(tokens: [Token]) { self.tokens = tokens }

    /// `text` without the shortest or longest prefix that matches.
    func trimmingPrefix(of text: String, longest: Bool) -> String {
        let scalars = Array(text.unicodeScalars)
        guard let end = matchEnd(in: scalars[...], longest: longest) else { return text }
        return String(scalars[end...])
    }

    /// `text` without the shortest or longest suffix that matches.
    func trimmingSuffix(of text: String, longest: Bool) -> String {
        let reversed = Array(text.unicodeScalars.reversed())
        let pattern = ShellPattern(tokens: tokens.reversed())
        guard let end = pattern.matchEnd(in: reversed[...], longest: longest) else { return text }
        return String(reversed[end...].reversed())
    }

    /// `text` with the first match, or all of them, replaced; matches are leftmost and longest.
    func replacing(in text: String, with replacement: String, all: Bool) -> String {
        let scalars = Array(text.unicodeScalars)
        var result: [Unicode.Scalar] = []
        var start = 0
        while start <= scalars.count {
            if let end = matchEnd(in: scalars[start...], longest: true), end > start || (scalars.isEmpty && start == 0)
            {
                result += Array(replacement.unicodeScalars)
                if !all || end == scalars.count { return String(result + scalars[end...]) }
                start = end
            } else {
                if start < scalars.count { result.append(scalars[start]) }
                start += 1
            }
        }
        return String(result)
    }

    /// Where a match that begins at the start of `text` ends; all ways through the pattern are followed at once.
    private func matchEnd(in text: ArraySlice<Unicode.Scalar>, longest: Bool) -> Int? {
        var active = [Bool](repeating: false, count: tokens.count + 1)
        active[0] = true
        spread(&active)
        var best: Int? = active[tokens.count] ? text.startIndex : nil
        if best != nil, !longest { return best }
        for index in text.indices {
            var following = [Bool](repeating: false, count: tokens.count + 1)
            for (position, token) in tokens.enumerated() where active[position] {
                switch token {
                case .anyRun: following[position] = true
                case .anyOne: following[position + 1] = true
                case .literal(let scalar): if scalar == text[index] { following[position + 1] = true }
                }
            }
            spread(&following)
            guard following.contains(true) else { break }
            active = following
            if active[tokens.count] {
                best = index + 1
                if !longest { return best }
            }
        }
        return best
    }

    /// A run may also match nothing.
    private func spread(_ active: inout [Bool]) {
        for (position, token) in tokens.enumerated() where active[position] && token == .anyRun {
            active[position + 1] = true
        }
    }
}

extension String {
    fileprivate init(_ scalars: some Sequence<Unicode.Scalar>) {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}
