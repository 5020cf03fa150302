/// Finds what a misspelt word was probably meant to be.
enum Suggestion {
    /// The longest word that is compared; a longer one gets no suggestion.
    private static let maximumLength = 64

    /// ` (did you mean X?)`, or nothing when no candidate is near enough.
    static func phrase(for word: String, among candidates: [String]) -> String {
        guard let best = nearest(to: word, among: candidates) else { return "" }
        return " (did you mean \(best)?)"
    }

    /// The candidate with the fewest edits, if that is at most a third of the word's length (two at least).
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let needle = Array(word.lowercased().utf8)
        guard !needle.isEmpty, needle.count <= maximumLength else { return nil }
        var best: (edits: Int, candidate: String)?
        for candidate in candidates {
            let edits = distance(needle, Array(candidate.lowercased().utf8))
            guard edits > 0, edits <= max(2, needle.count / 3), edits < max(needle.count, candidate.utf8.count) else {
                continue
            }
            if best.map({ edits < $0.edits }) ?? true { best = (edits, candidate) }
        }
        return best?.candidate
    }

    /// Edits (insert, delete, replace, swap of neighbours) that lead from `left` to `right`.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforePrevious = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for (column, other) in right.enumerated() {
                var cost = min(
                    previous[column + 1] + 1, current[column] + 1, previous[column] + (byte == other ? 0 : 1))
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforePrevious[column - 1] + 1)
                }
                current.append(cost)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[right.count]
    }
}
