/// The rules of a `.dockerignore` file. Pure.
public struct IgnoreRules: Sendable, Hashable {
    /// More patterns than this are refused.
    public static let maximumPatterns = 10_000

    /// One line of the file.
    struct Rule: Sendable, Hashable {
        let pattern: PathPattern
        /// The line began with `!`: what it matches is taken back in.
        let readmits: Bool
    }

    let rules: [Rule]
    private let hasReadmission: Bool

    /// Rules that exclude nothing.
    public static let none = IgnoreRules(rules: [])

    private init(rules: [Rule]) {
        self.rules = rules
        hasReadmission = rules.contains { $0.readmits }
    }

    /// Whether nothing is ever excluded.
    public var isEmpty: Bool { rules.isEmpty }

    /// Reads an ignore file.
    ///
    /// - Throws: `BuilderError` `.syntax` with the line of a pattern that cannot be read.
    public init(file name: String, bytes: [UInt8]) throws(BuilderError) {
        let source = try DockerfileSource(name: name, bytes: bytes)
        var rules: [Rule] = []
        for number in 1...max(1, source.lines.count) {
            let line = source.text(ofLine: number)
            if line.utf8.first == Byte.hash { continue }
            do {
                if let rule = try Self.rule(line.trimmingBlanks()) { rules.append(rule) }
            } catch {
                throw BuilderError(
                    .syntax, error.message, at: source.location(SourceRange(number, number)))
            }
            guard rules.count <= Self.maximumPatterns else {
                throw BuilderError(.limit, "\(name) has more than \(Self.maximumPatterns) patterns")
            }
        }
        self.init(rules: rules)
    }

    /// Rules that exclude what `patterns` match, as `--exclude` wants it.
    public init(excluding patterns: [String]) throws(BuilderError) {
        var rules: [Rule] = []
        for pattern in patterns { if let rule = try Self.rule(pattern) { rules.append(rule) } }
        self.init(rules: rules)
    }

    private static func rule(_ line: String) throws(BuilderError) -> Rule? {
        guard !line.isEmpty else { return nil }
        let readmits = line.utf8.first == UInt8(ascii: "!")
        let text = readmits ? String(line.dropFirst()).trimmingBlanks() : line
        guard !text.isEmpty else { throw BuilderError(.syntax, "illegal exclusion pattern: \"!\"") }
        var cleaned = PathText.clean(text)
        if cleaned.count > 1, cleaned.hasPrefix("/") { cleaned.removeFirst() }
        return Rule(pattern: try PathPattern(cleaned), readmits: readmits)
    }

    /// What is known about a directory when its children are judged.
    public struct Verdict: Sendable {
        /// Whether the path is excluded.
        public let isExcluded: Bool
        /// Which rules matched the path or a directory above it.
        fileprivate let matched: [Bool]
    }

    /// The verdict on the root.
    public var rootVerdict: Verdict {
        Verdict(isExcluded: false, matched: [Bool](repeating: false, count: rules.count))
    }

    /// Judges `path` (relative, no leading slash), whose directory was judged as `parent`.
    ///
    /// A rule that matches a directory holds for everything below it; the last rule that matches decides.
    public func judge(_ path: String, below parent: Verdict) -> Verdict {
        var matched = parent.matched
        var isExcluded = false
        for (index, rule) in rules.enumerated() {
            if !matched[index] { matched[index] = rule.pattern.matches(path) }
            if matched[index] { isExcluded = !rule.readmits }
        }
        return Verdict(isExcluded: isExcluded, matched: matched)
    }

    /// Whether `path` is excluded; walks down from the root.
    public func excludes(_ path: String) -> Bool {
        var verdict = rootVerdict
        var prefix = ""
        for part in PathText.components(path) {
            prefix = PathText.join(prefix, part)
            verdict = judge(prefix, below: verdict)
        }
        return verdict.isExcluded
    }

    /// Whether something below the excluded directory `path` may be taken back in, so that it must be walked.
    public func mayReadmit(below path: String) -> Bool {
        guard hasReadmission else { return false }
        let parts = PathText.components(path)
        return rules.contains { rule in
            guard rule.readmits else { return false }
            return zip(rule.pattern.literalPrefix, parts).allSatisfy { $0 == $1 }
        }
    }
}
