import Testing

@testable import Builder

@Suite struct ShellExpanderTests {
    static let variables = [
        "A": "alpha", "EMPTY": "", "PATHS": "/usr/local/bin", "FILE": "archive.tar.gz", "SP": "one two", "_x1": "under",
    ]

    static let table: [(String, String)] = [
        ("$A", "alpha"), ("${A}", "alpha"), ("x${A}y", "xalphay"), ("$A$A", "alphaalpha"), ("$_x1", "under"),
        ("$MISSING", ""), ("a${MISSING}b", "ab"), ("$", "$"), ("$ x", "$ x"), ("a$%b", "a$%b"),
        ("\\$A", "$A"), ("'$A'", "$A"), ("\"$A\"", "alpha"), ("\"\\$A \\\" \\x\"", "$A \" \\x"), ("a\\ b", "a b"),
        ("trailing\\", "trailing"),
        ("${MISSING:-fallback}", "fallback"), ("${EMPTY:-fallback}", "fallback"), ("${EMPTY-fallback}", ""),
        ("${MISSING-fallback}", "fallback"), ("${A:-fallback}", "alpha"),
        ("${A:+set}", "set"), ("${EMPTY:+set}", ""), ("${EMPTY+set}", "set"), ("${MISSING+set}", ""),
        ("${A:?message}", "alpha"), ("${EMPTY?message}", ""),
        ("${MISSING:-${EMPTY:-${A}}}", "alpha"), ("${MISSING:-\"a b\"}", "a b"),
        ("${PATHS#/usr}", "/local/bin"), ("${PATHS#*/}", "usr/local/bin"), ("${PATHS##*/}", "bin"),
        ("${PATHS%/bin}", "/usr/local"), ("${PATHS%/*}", "/usr/local"), ("${PATHS%%/*}", ""),
        ("${FILE%.*}", "archive.tar"), ("${FILE%%.*}", "archive"), ("${FILE#arch}", "ive.tar.gz"),
        ("${FILE/ar/X}", "Xchive.tar.gz"), ("${FILE//ar/X}", "Xchive.tX.gz"), ("${FILE/t?r/T}", "archive.T.gz"),
        ("${FILE//./}", "archivetargz"), ("${PATHS//\\//_}", "_usr_local_bin"), ("${A/*/all}", "all"),
        ("${A/z/y}", "alpha"), ("${FILE#a*.}", "tar.gz"), ("${A#\\*}", "alpha"),
        ("$1x", "x"), ("${10}", ""), ("$@", ""),
    ]

    @Test("a word expands by the Dockerfile's rules", arguments: table)
    func expansion(word: String, expected: String) throws {
        let result = try ShellExpander(escape: Byte.backslash).expand(word, in: Self.variables)
        #expect(result.text == expected)
    }

    @Test(
        "bad syntax is an error",
        arguments: [
            "${", "${}", "${:", "${{", "${A", "${A:", "${A:x}", "${A:#x}", "${A!}", "'open", "\"open", "${A:-x",
            "${A/x}",
        ])
    func failure(word: String) {
        #expect(throws: BuilderError.self) {
            try ShellExpander(escape: Byte.backslash).expand(word, in: Self.variables)
        }
    }

    @Test("a required variable fails with its message") func required() {
        let error = #expect(throws: BuilderError.self) {
            try ShellExpander(escape: Byte.backslash).expand("${EMPTY:?give one}", in: Self.variables)
        }
        #expect(error?.message.contains("EMPTY: give one") == true)
    }

    @Test("unset variables without a default are reported") func unset() throws {
        let result = try ShellExpander(escape: Byte.backslash).expand("$ONE ${TWO} ${THREE:-x} $A", in: Self.variables)
        #expect(result.unset == ["ONE", "TWO"])
    }

    @Test("words split at blanks from variables but not in quotes") func splitting() throws {
        let expander = ShellExpander(escape: Byte.backslash)
        #expect(try expander.expand("$SP", in: Self.variables).words == ["one", "two"])
        #expect(try expander.expand("\"$SP\"", in: Self.variables).words == ["one two"])
        #expect(try expander.expand("a b\\ c 'd e'", in: Self.variables).words == ["a", "b c", "d e"])
    }

    @Test("a backtick escapes when the directive says so") func backtick() throws {
        let expander = ShellExpander(escape: Byte.backtick)
        #expect(try expander.expand("`$A\\$A", in: Self.variables).text == "$A\\alpha")
    }

    @Test("quotes mean nothing in the body of a heredoc") func heredocBody() throws {
        let expander = ShellExpander(escape: Byte.backslash, quotes: .ordinary)
        #expect(try expander.expand("it's \"$A\" \\$A", in: Self.variables).text == "it's \"alpha\" $A")
    }

    @Test("nesting is bounded") func nesting() {
        let word = String(repeating: "${X:-", count: 500) + String(repeating: "}", count: 500)
        #expect(throws: BuilderError.self) { try ShellExpander(escape: Byte.backslash).expand(word, in: [:]) }
    }
}
