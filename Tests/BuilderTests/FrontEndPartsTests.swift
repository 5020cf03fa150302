import Testing

@testable import Builder

@Suite struct FrontEndPartsTests {
    @Test("only arrays of strings are the JSON form") func jsonForm() {
        #expect(JSONStringList.parse(Array("[\"a\",\"b\"] rest".utf8)) == .strings(["a", "b"]))
        #expect(JSONStringList.parse(Array("[]".utf8)) == .strings([]))
        #expect(JSONStringList.parse(Array("[1]".utf8)) == .otherElements)
        #expect(JSONStringList.parse(Array("[\"a\", {\"b\": [null, true, 1.5e3]}]".utf8)) == .otherElements)
        for text in ["['a']", "[ -f x ]", "[\"a\"", "[\"a\",]", "[\"\\x\"]", "[01]", "[\"a\" \"b\"]", "x"] {
            #expect(JSONStringList.parse(Array(text.utf8)) == .malformed, "\(text)")
        }
        #expect(JSONStringList.parse(Array("[\"\\ud83d\\ude00\\n\"]".utf8)) == .strings(["😀\n"]))
    }

    @Test(
        "modes are numbers or symbolic changes",
        arguments: [
            ("0644", 0o777, false, 0o644), ("755", 0o600, false, 0o755), ("+x", 0o644, false, 0o755),
            ("u=rwX,go=rX", 0o600, false, 0o644), ("u=rwX,go=rX", 0o600, true, 0o755), ("g=u", 0o640, false, 0o660),
            ("go-w,u+s", 0o777, false, 0o4755), ("a=r", 0o7777, false, 0o1444), ("+t", 0o755, true, 0o1755),
        ] as [(String, UInt32, Bool, UInt32)])
    func mode(text: String, before: UInt32, isDirectory: Bool, after: UInt32) throws {
        #expect(try ModeChange(text).applied(to: before, isDirectory: isDirectory) == after)
    }

    @Test("wrong modes are refused", arguments: ["8", "77777", "rwx", "u~x", "", "u=q"])
    func wrongMode(text: String) {
        #expect(throws: BuilderError.self) { try ModeChange(text) }
    }

    @Test("paths are cleaned as text") func paths() {
        #expect(PathText.clean("/a/./b/../c//d/") == "/a/c/d")
        #expect(PathText.clean("../a") == "../a")
        #expect(PathText.clean("/../a") == "/a")
        #expect(PathText.clean("") == ".")
        #expect(PathText.absolute("x", in: "/w") == "/w/x")
        #expect(PathText.parent("a/b") == "a")
        #expect(PathText.parent("a") == "")
        #expect(PathText.parent("/a") == "/")
    }

    @Test("durations are Go's") func durations() {
        #expect(GoDuration.nanoseconds("1h30m") == 5_400_000_000_000)
        #expect(GoDuration.nanoseconds("1.5s") == 1_500_000_000)
        #expect(GoDuration.nanoseconds("0") == 0)
        for text in ["5", "s", "", "1x", "-1s"] { #expect(GoDuration.nanoseconds(text) == nil, "\(text)") }
    }

    @Test("misspelt words find the nearest candidate") func suggestions() {
        #expect(Suggestion.nearest(to: "COPPY", among: ["COPY", "CMD"]) == "COPY")
        #expect(Suggestion.nearest(to: "FORM", among: ["FROM", "RUN"]) == "FROM")
        #expect(Suggestion.nearest(to: "completely", among: ["COPY", "CMD"]) == nil)
        #expect(Suggestion.nearest(to: "X", among: ["ADD", "RUN"]) == nil)
    }

    @Test("a key changes with each input, and the difference is named") func keys() throws {
        let one = try run("FROM a\nRUN x\n")
        let other = try run("FROM a\nUSER u\nRUN x\n")
        #expect(one.key != other.key)
        #expect(other.differences(from: one) == ["user"])
        #expect(one.key == (try run("FROM a\nLABEL l=1\nCMD y\nRUN x\n")).key)
        #expect(one.key == (try run("FROM a\nRUN x\n", arguments: ["http_proxy": "p"])).key)
        #expect(one.key != (try run("FROM a\nARG http_proxy\nRUN x\n", arguments: ["http_proxy": "p"])).key)
    }

    private func run(_ text: String, arguments: [String: String?] = [:]) throws -> CacheInputs {
        let plan = try FrontEnd.plan(text, arguments: arguments)
        for step in plan.steps {
            if case .run(let run)? = step.action {
                return .run(run, parent: "p", mountDigests: [], network: "sandbox", hosts: [])
            }
        }
        throw BuilderError(.notFound, "no RUN in the test's Dockerfile")
    }
}
