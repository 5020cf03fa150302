import Document
import Testing

@testable import Controllers

@Suite struct TemplateHashTests {
    private let template: JSONValue = [
        "metadata": ["labels": ["app": "web"]], "spec": ["containers": [["name": "c", "image": "web:1"]]],
    ]

    @Test func theHashIsStableAndSpellsNoWord() {
        let hash = TemplateHash.hash(of: template, collisions: 0)
        #expect(hash == TemplateHash.hash(of: template, collisions: 0))
        #expect(hash.allSatisfy { "bcdfghjklmnpqrstvwxz2456789".contains($0) })
        #expect((1...10).contains(hash.count))
    }

    @Test func theOrderOfMembersDoesNotMatter() {
        let reordered: JSONValue = [
            "spec": ["containers": [["image": "web:1", "name": "c"]]], "metadata": ["labels": ["app": "web"]],
        ]
        #expect(TemplateHash.hash(of: template, collisions: 0) == TemplateHash.hash(of: reordered, collisions: 0))
        #expect(TemplateHash.isSame(template, reordered))
    }

    @Test func anotherImageOrCollisionCountGivesAnotherHash() {
        var other = template
        other["spec"] = ["containers": [["name": "c", "image": "web:2"]]]
        #expect(TemplateHash.hash(of: other, collisions: 0) != TemplateHash.hash(of: template, collisions: 0))
        #expect(TemplateHash.hash(of: template, collisions: 1) != TemplateHash.hash(of: template, collisions: 0))
        #expect(!TemplateHash.isSame(template, other))
    }

    @Test func theHashLabelDoesNotMakeATemplateDifferent() {
        var labelled = template
        labelled["metadata", "labels", TemplateHash.label] = "abc"
        #expect(TemplateHash.isSame(labelled, template))
    }
}
