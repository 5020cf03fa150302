import Document
import Foundation
import Testing

/// The plan of docs/architecture.md: which target stands in which tier, lowest first.
struct TargetPlan {
    struct Place: Equatable {
        let tier: String
        let position: Int
    }

    /// Tiers whose targets never import each other.
    static let separated: Set<String> = ["store", "engine", "face"]

    let places: [String: Place]

    /// Reads the rows `| tier | \`Target\` … |` of the table.
    init(markdown: String) {
        var places: [String: Place] = [:]
        for line in markdown.components(separatedBy: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count >= 2, cells[1].hasPrefix("`") else { continue }
            for name in cells[1].matches(of: /`([A-Za-z-]+)`/) {
                places[String(name.1)] = Place(tier: cells[0], position: places.count)
            }
        }
        self.places = places
    }

    /// Why `target` may not import `imported`; nil when it may.
    func objection(to target: String, importing imported: String) -> String? {
        guard let own = places[target] else { return "\(target) is missing from the table of docs/architecture.md" }
        guard let other = places[imported] else { return nil }
        if other.position >= own.position { return "\(target) imports \(imported), which stands above it" }
        if own.tier == other.tier, Self.separated.contains(own.tier) {
            return "\(target) imports \(imported) of its own tier (\(own.tier))"
        }
        return nil
    }
}

@Suite struct TargetPlanTests {
    private static let own = SourceTree.project

    private func plan() throws -> TargetPlan {
        TargetPlan(markdown: try Self.own.text("docs/architecture.md"))
    }

    /// `swift package describe --type json`, written by `make build-tests`.
    private func description() throws -> [JSONValue] {
        let bytes = Array(try Self.own.text(".build/package.json").utf8)
        return try JSONReader.parse(bytes)["targets"]?.arrayValue ?? []
    }

    @Test func everyImportIsPlanned() throws {
        let plan = try plan()
        #expect(plan.places.count > 20)
        for file in try Self.own.files(below: "Sources") {
            for imported in imports(of: file) {
                let objection = plan.objection(to: file.target, importing: imported)
                #expect(objection == nil, "\(file.path): \(objection ?? "")")
            }
        }
    }

    @Test func everyImportIsDeclaredAndEveryDeclarationPlanned() throws {
        let plan = try plan()
        let targets = try description()
        #expect(!targets.isEmpty, "run `make check`, which writes .build/package.json")
        for target in targets where target["type"]?.stringValue != "test" {
            guard let name = target["name"]?.stringValue else { continue }
            #expect(plan.places[name] != nil, "\(name) is missing from the table of docs/architecture.md")
            let declared = Set((target["target_dependencies"]?.arrayValue ?? []).compactMap(\.stringValue))
            for dependency in declared {
                #expect(plan.objection(to: name, importing: dependency) == nil)
            }
            for file in try Self.own.files(below: "Sources/\(name)") {
                for imported in imports(of: file) where plan.places[imported] != nil {
                    #expect(
                        declared.contains(imported), "\(file.path) imports \(imported), which \(name) does not declare")
                }
            }
        }
    }

    @Test func thePlanRefusesWhatItShould() {
        let plan = TargetPlan(markdown: "| ground | `Low` `Lower` | x |\n| engine | `A` `B` | x |\n| top | `T` | x |")
        #expect(plan.objection(to: "A", importing: "Low") == nil)
        #expect(plan.objection(to: "Low", importing: "A") != nil)
        #expect(plan.objection(to: "B", importing: "A") != nil)
        #expect(plan.objection(to: "T", importing: "B") == nil)
        #expect(plan.objection(to: "Unknown", importing: "A") != nil)
    }

    private func imports(of file: SourceTree.File) -> [String] {
        file.lines.compactMap { line in
            guard
                let match = line.prefixMatch(
                    of: /(?:@[a-z]+ )?(?:public |internal |package )?import (?:struct |enum |func )?([A-Za-z]+)/)
            else { return nil }
            return String(match.1)
        }
    }
}
