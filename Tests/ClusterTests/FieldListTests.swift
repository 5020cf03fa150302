import Foundation
import Testing

@testable import Cluster

/// `docs/kubernetes-fields.md` says which fields have no effect; it must say what the table says.
@Suite struct FieldListTests {
    private static let page = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs/kubernetes-fields.md")

    @Test func thePageIsWhatTheTableSays() throws {
        let expected = Self.text()
        if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] != nil {
            try expected.write(to: Self.page, atomically: true, encoding: .utf8)
        }
        let found = try String(contentsOf: Self.page, encoding: .utf8)
        #expect(found == expected, "run the tests with UPDATE_GOLDENS=1 to write docs/kubernetes-fields.md anew")
    }

    @Test func everyReasonIsASentenceOfItsOwn() {
        for message in Schema.kubernetes.messages {
            for field in message.fields {
                switch field.enforcement {
                case .enforced: break
                case .acceptedWithoutEffect(let reason), .refused(let reason):
                    #expect(reason.count > 5 && !reason.hasSuffix("."), "\(message.name).\(field.name)")
                }
            }
        }
    }

    private static func text() -> String {
        var accepted: [String] = []
        var refused: [String] = []
        for message in Schema.kubernetes.messages {
            for field in message.fields {
                let name = "`\(message.name).\(field.name)`"
                let harmless = field.harmlessValues.map { "`\($0)`" }.joined(separator: ", ")
                switch field.enforcement {
                case .enforced: continue
                case .acceptedWithoutEffect(let reason): accepted.append("| \(name) | \(reason) |")
                case .refused(let reason): refused.append("| \(name) | \(reason) | \(harmless) |")
                }
            }
        }
        return """
            # Kubernetes fields without effect

            Every field of the supported kinds is known. A field that is not listed here does what Kubernetes documents.
            This page is written from the schema table (`UPDATE_GOLDENS=1`) and checked by a test.

            ## Accepted without effect

            | field | why that is harmless |
            |---|---|
            \(accepted.sorted().joined(separator: "\n"))

            ## Refused

            Writing one of these is answered with 422 and the cause `FieldValueNotSupported`, unless the value means the
            same as leaving the field out, or is listed in the last column.

            | field | why | allowed values |
            |---|---|---|
            \(refused.sorted().joined(separator: "\n"))

            """
    }
}
