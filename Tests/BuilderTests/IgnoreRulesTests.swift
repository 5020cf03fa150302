import Testing

@testable import Builder

@Suite struct IgnoreRulesTests {
    static let patterns: [(String, String, Bool)] = [
        ("*", "a", true), ("*", "a/b", false), ("*.go", "a.go", true), ("*.go", "d/a.go", false),
        ("**/*.go", "a.go", true), ("**/*.go", "d/e/a.go", true), ("**", "a/b/c", true), ("a/**", "a/b/c", true),
        ("a/**", "a", false), ("**/a", "a", true), ("**/a", "x/a", true), ("**/a", "xa", false),
        ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true), ("a/**/b", "axb", false), ("a**b", "a/x/b", true),
        ("?.txt", "a.txt", true), ("?.txt", "/.txt", false), ("[a-c].t", "b.t", true), ("[^a-c].t", "b.t", false),
        ("[^a-c].t", "z.t", true), ("a\\*b", "a*b", true), ("a\\*b", "axb", false), ("abc", "abc", true),
        ("abc", "abcd", false), ("é?", "éß", true), ("a/*/c", "a/b/c", true), ("a/*/c", "a/b/x/c", false),
    ]

    @Test("a pattern matches whole paths", arguments: patterns)
    func pattern(text: String, path: String, matches: Bool) throws {
        #expect(try PathPattern(text).matches(path) == matches)
    }

    @Test("malformed patterns are refused", arguments: ["[", "[a", "[]", "[-]", "a\\", "[a-"])
    func malformed(text: String) {
        #expect(throws: BuilderError.self) { try PathPattern(text) }
    }

    @Test("without double stars two stars are one") func plainStars() throws {
        #expect(try !PathPattern("a/**", crossesDirectories: false).matches("a/b/c"))
        #expect(try PathPattern("a/**", crossesDirectories: false).matches("a/b"))
    }

    private func rules(_ text: String) throws -> IgnoreRules {
        try IgnoreRules(file: ".dockerignore", bytes: Array(text.utf8))
    }

    @Test("comments, blanks, leading slashes and dots are cleaned away") func cleaning() throws {
        let rules = try rules("# no\n\n  /a/../b  \n./c/\n #x\n")
        #expect(rules.excludes("b"))
        #expect(rules.excludes("c/d"))
        #expect(rules.excludes("#x"))
        #expect(!rules.excludes("a"))
        #expect(!rules.excludes("# no"))
    }

    @Test("a directory takes everything below it along") func parents() throws {
        let rules = try rules("node_modules\n**/*.tmp\n")
        #expect(rules.excludes("node_modules/x/y.js"))
        #expect(rules.excludes("a/b.tmp/c"))
        #expect(!rules.excludes("src/node_modules"))
    }

    @Test("the last rule that matches decides") func order() throws {
        let rules = try rules("*.md\n!README.md\nREADME-secret.md\n!docs\ndocs/private\n")
        #expect(rules.excludes("a.md"))
        #expect(!rules.excludes("README.md"))
        #expect(rules.excludes("README-secret.md"))
        #expect(!rules.excludes("docs/x"))
        #expect(rules.excludes("docs/private/y"))
    }

    @Test("a child is taken back in from an excluded directory") func readmission() throws {
        let rules = try rules("dir\n!dir/keep\n!**/always\n")
        #expect(rules.excludes("dir/other"))
        #expect(!rules.excludes("dir/keep"))
        #expect(!rules.excludes("dir/keep/below"))
        #expect(rules.mayReadmit(below: "dir"))
        let plain = try self.rules("dir\n!other/keep\n")
        #expect(!plain.mayReadmit(below: "dir"))
        #expect(plain.mayReadmit(below: "other"))
    }

    @Test("a lone exclamation mark is an error with its line") func lonely() {
        let error = #expect(throws: BuilderError.self) { try rules("a\n!\n") }
        #expect(error?.location?.range.start == 2)
    }
}
