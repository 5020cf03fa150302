import OCI

/// The `reference` filter of image lists: a name with `*` and `?`, with or without tag.
struct NamePattern: Sendable {
    private let pattern: [Character]

    init(_ text: String) { pattern = Array(text) }

    /// Whether the pattern means a reference in any of the forms people write.
    func matches(_ reference: Reference) -> Bool {
        [reference.familiar, reference.familiarName, reference.canonical, reference.name].contains { matches($0) }
    }

    /// Glob matching in which `*` stops at a slash, as path patterns do; linear in the text for each star.
    private func matches(_ text: String) -> Bool {
        let text = Array(text)
        var (position, place) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while place < text.count {
            if position < pattern.count, pattern[position] == "*" {
                star = (position, place)
                position += 1
            } else if position < pattern.count,
                pattern[position] == text[place] || (pattern[position] == "?" && text[place] != "/")
            {
                position += 1
                place += 1
            } else if let last = star, text[last.text] != "/" {
                star = (last.pattern, last.text + 1)
                position = last.pattern + 1
                place = last.text + 1
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == "*" }
    }
}
