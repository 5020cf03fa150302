import Foundation
import Testing

/// A word that may stand only in some targets, and what to write instead.
struct Ban {
    let pattern: String
    let allowedIn: Set<String>
    let instead: String

    static let all: [Ban] = [
        Ban(pattern: #"\bDate\(\)"#, allowedIn: ["Effects"], instead: "effects.now"),
        Ban(pattern: #"\bUUID\(\)"#, allowedIn: ["Effects"], instead: "effects.uuid()"),
        Ban(pattern: #"\.random\("#, allowedIn: ["Effects"], instead: "effects.random"),
        Ban(pattern: #"\bTask\.sleep\b"#, allowedIn: ["Effects"], instead: "effects.time.sleep"),
        Ban(pattern: #"\bContinuousClock\("#, allowedIn: ["Effects"], instead: "effects.time.monotonic"),
        Ban(pattern: #"^\s*(public )?import Glibc\b"#, allowedIn: ["SystemLinux", "Keeper"], instead: "SystemLinux"),
        Ban(pattern: #"\btry!"#, allowedIn: [], instead: "a handled error"),
        Ban(pattern: #"\bas! "#, allowedIn: [], instead: "a checked cast"),
        Ban(pattern: #"\b(TODO|FIXME|XXX|HACK)\b"#, allowedIn: [], instead: "the finished thing or an issue"),
        Ban(pattern: #"\bfatalError\("#, allowedIn: [], instead: "a thrown error, or precondition for a bug"),
        Ban(pattern: #"^\s*print\("#, allowedIn: ["skiff", "skiff-bench"], instead: "a logger passed in"),
    ]

    func findings(in file: SourceTree.File) throws -> [Finding] {
        guard !allowedIn.contains(file.target) else { return [] }
        let expression = try Regex(pattern)
        return file.lines.enumerated().compactMap { index, line in
            let code = line.components(separatedBy: "//")[0]
            guard code.contains(expression) else { return nil }
            return Finding(path: file.path, line: index + 1, message: "\(pattern) is banned here; use \(instead)")
        }
    }
}

@Suite struct BannedWordsTests {
    @Test func sourcesUseTheHousesWords() throws {
        let files = try SourceTree.project.files(below: "Sources")
        #expect(!files.isEmpty)
        for ban in Ban.all {
            let findings = try files.flatMap { try ban.findings(in: $0) }
            #expect(findings.isEmpty, "\(findings.map(\.description).joined(separator: "\n"))")
        }
    }

    @Test func someGroundTargetsStayFreeOfFoundation() throws {
        for target in ["Document", "OCI", "SystemLinux", "Keeper", "Effects"] {
            for file in try SourceTree.project.files(below: "Sources/\(target)") {
                let importing = file.lines.filter { $0.contains("import Foundation") }
                #expect(importing.isEmpty, "\(file.path) imports Foundation; the keeper must stay small")
            }
        }
    }

    @Test func everyUncheckedSendableIsProven() throws {
        let files = try SourceTree.project.files(below: "Sources")
        for file in files {
            for (index, line) in file.lines.enumerated() where line.contains("@unchecked Sendable") {
                let above = file.lines[max(0, index - 8)...index].joined(separator: "\n")
                #expect(above.contains("//"), "\(file.path):\(index + 1): say why this is safe")
            }
        }
    }

    @Test func aBannedWordIsFound() throws {
        let file = SourceTree.File(path: "Sources/Node/X.swift", lines: ["let now = Date()", "// Date() in a comment"])
        let findings = try Ban.all.flatMap { try $0.findings(in: file) }
        #expect(findings.map(\.line) == [1])
    }

    @Test func testsExpectSomething() throws {
        for file in try SourceTree.project.files(below: "Tests")
        where file.lines.contains(where: { $0.contains("@Test") }) {
            let text = file.lines.joined(separator: "\n")
            let expects = ["#expect", "#require", "Issue.record", "expect("].contains { text.contains($0) }
            #expect(expects, "\(file.path) has tests that expect nothing")
        }
    }
}
