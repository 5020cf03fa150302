import Foundation
import Testing

@Suite struct MarkdownTests {
    private let project = SourceTree.project

    @Test func everyPageHasOneTitle() throws {
        for file in try project.files(below: "docs", ext: "md") + project.files(below: "Examples", ext: "md") {
            var fenced = false
            let titles = file.lines.filter { line in
                if line.hasPrefix("```") { fenced.toggle() }
                return !fenced && line.hasPrefix("# ")
            }
            #expect(titles.count == 1, "\(file.path) has \(titles.count) titles")
        }
    }

    @Test func linksBetweenPagesLeadSomewhere() throws {
        for file in try project.files(below: "docs", ext: "md") {
            let folder = (file.path as NSString).deletingLastPathComponent
            for line in file.lines {
                for match in line.matches(of: /\]\(([^)#:]+\.md)[^)]*\)/) {
                    let target = project.root + "/" + folder + "/" + String(match.1)
                    #expect(FileManager.default.fileExists(atPath: target), "\(file.path) links to \(match.1)")
                }
            }
        }
    }
}
