import Testing

/// How long things may get before they must be split.
enum SizeLimit {
    static let linesPerFile = 800
    static let linesPerFunction = 70
}

/// A function's extent, found by its indentation as the formatter leaves it.
struct FunctionExtent {
    let line: Int
    let count: Int

    static func all(in lines: [String]) -> [FunctionExtent] {
        var extents: [FunctionExtent] = []
        for (index, line) in lines.enumerated() {
            let code = line.drop { $0 == " " }
            let words = code.split(separator: " ", maxSplits: 6)
            guard words.contains(where: { $0 == "func" || $0.hasPrefix("init(") }), !code.hasPrefix("//"),
                // A body on the same line has no end of its own to look for.
                !line.hasSuffix("}")
            else { continue }
            let indent = line.prefix { $0 == " " }
            guard let end = lines[(index + 1)...].firstIndex(where: { $0 == indent + "}" }) else { continue }
            // A declaration without a body has a closing brace that is its container's, further out.
            let body = lines[index...end].first { $0.hasSuffix("{") || $0.hasSuffix("in") }
            guard body != nil else { continue }
            extents.append(FunctionExtent(line: index + 1, count: end - index + 1))
        }
        return extents
    }
}

@Suite struct SizeTests {
    @Test func noFileIsTooLong() throws {
        for folder in ["Sources", "Tests"] {
            for file in try SourceTree.project.files(below: folder) {
                #expect(file.lines.count <= SizeLimit.linesPerFile, "\(file.path): \(file.lines.count) lines; split it")
            }
        }
    }

    @Test func noFunctionIsTooLong() throws {
        for file in try SourceTree.project.files(below: "Sources") {
            for function in FunctionExtent.all(in: file.lines) where function.count > SizeLimit.linesPerFunction {
                Issue.record("\(file.path):\(function.line): a function of \(function.count) lines; split it")
            }
        }
    }

    @Test func aLongFunctionIsFound() {
        let body = Array(repeating: "        work()", count: 80)
        let lines = ["struct S {", "    func long() {"] + body + ["    }", "    func short() {", "    }", "}"]
        #expect(FunctionExtent.all(in: lines).map(\.count) == [82, 2])
    }

    @Test func nothingIsLeftOfTheScaffold() throws {
        for folder in ["Sources", "Tests"] {
            for file in try SourceTree.project.files(below: folder) {
                #expect(!file.path.lowercased().contains("placeholder"), "\(file.path) is scaffolding")
            }
        }
    }
}
