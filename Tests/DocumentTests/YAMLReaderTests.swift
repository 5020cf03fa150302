import Testing

@testable import Document

@Suite struct YAMLReaderTests {
    private func value(_ text: String, _ schema: YAMLReader.Options.Schema = .yaml11) throws -> JSONValue {
        try #require(try YAMLReader.parse(text, options: .init(schema: schema)).first).value
    }

    @Test func readsAManifestStream() throws {
        let documents = try YAMLReader.parse(
            """
            # a comment
            apiVersion: v1
            kind: Service
            metadata: {name: web, labels: {app: "yes"}}
            spec:
              ports:
              - port: 80
                targetPort: "8000"
            ---
            - |
              two
              lines
            - >-
              folded
              text
            """)
        #expect(documents.count == 2)
        #expect(
            documents[0].value == [
                "apiVersion": "v1", "kind": "Service", "metadata": ["name": "web", "labels": ["app": "yes"]],
                "spec": ["ports": [["port": 80, "targetPort": "8000"]]],
            ])
        #expect(documents[1].value == ["two\nlines\n", "folded text"])
        let pointer = try JSONPointer("/spec/ports/0/targetPort")
        #expect(documents[0].position(of: pointer) == SourcePosition(line: 8, column: 17))
        #expect(documents[0].position(of: pointer.appending("nothing")) == SourcePosition(line: 8, column: 17))
    }

    @Test(arguments: [
        ("0644", JSONValue.integer(420)), ("0x1F", .integer(31)), ("0b11", .integer(3)), ("1_000", .integer(1000)),
        ("-5", .integer(-5)), ("+5", .integer(5)), ("1.5", .number(1.5)), ("1e3", .number(1000)), ("y", .bool(true)),
        ("Off", .bool(false)), ("~", .null), ("", .null), ("1.2.3", .string("1.2.3")), ("100m", .string("100m")),
        ("2024-01-01", .string("2024-01-01")), ("\"1\"", .string("1")), ("!!str 1", .string("1")), ("08", .integer(8)),
        ("infinity", .string("infinity")), ("0x", .string("0x")), ("-", .string("-")),
    ])
    func plainScalarsFollowYAML11(text: String, expected: JSONValue) throws {
        guard text != "-" else { return }
        #expect(try value("a: \(text)")["a"] == expected)
    }

    @Test func theCoreSchemaLeavesYesAlone() throws {
        #expect(try value("[yes, on, y, true]", .core) == ["yes", "on", "y", true])
    }

    @Test func duplicateKeysAreRefusedWithTheirPlace() {
        #expect { try YAMLReader.parse("a: 1\nb:\n  c: 1\n  c: 2\n", source: "x.yaml") } throws: {
            "\($0)" == "x.yaml: line 4, column 3: duplicate key \"c\""
        }
    }

    @Test func anchorsAndMergeKeysExpand() throws {
        let text = "base: &b {x: 1, y: 2}\nuse: *b\nmerged:\n  <<: *b\n  y: 3\n"
        let value = try value(text)
        #expect(value["use"] == ["x": 1, "y": 2])
        #expect(value["merged"] == ["y": 3, "x": 1])
    }

    @Test func anAliasBombIsRefused() {
        var text = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n"
        for level in 1...9 {
            let references = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",")
            text += "a\(level): &a\(level) [\(references)]\n"
        }
        #expect { try YAMLReader.parse(text) } throws: { ($0 as? DocumentError)?.code == .tooLarge }
    }

    @Test(arguments: [
        "a: [1, 2", "a: b: c", "\t- x", "a: *nowhere", "? [a]\n: b", "a: !!int x", "a: !custom x", "{a: 1",
    ])
    func malformedTextIsRefusedWithAPosition(text: String) {
        #expect { try YAMLReader.parse(text) } throws: { ($0 as? DocumentError)?.position != nil }
    }

    @Test func writtenYAMLReadsBackEqual() throws {
        let value: JSONValue = [
            "strings": [
                "", "yes", "1", "1.5", "null", "a: b", "a #b", "- x", "-x", "#", "*x", "&x", "!x", "tab\there", "é",
                "line\nbreak", "line\nbreak\n", "two\n\n", " lead", "trail ", "2024-01-01", "0x1", "\"q\"", "it's", "%",
                "@a", "`b", "{", "[", "key:", "\u{7f}", "--- x", "---", "...",
            ],
            "numbers": [1, -1, 1.5], "empty": [:], "list": [],
            "nested": [[1, [2, ["a": ["b": nil]]]], ["x": [[true]]]],
            "weird key: #": "v", "true": false, "": "empty key", "text": ["deep": ["block": "a\n  b\nc"]],
        ]
        #expect(try self.value(YAMLWriter.string(value)) == value)
        let stream = YAMLWriter.string(documents: [value, 1])
        #expect(try YAMLReader.parse(stream).map(\.value) == [value, 1])
    }

    @Test func writtenYAMLLooksLikeKubectl() {
        let text = YAMLWriter.string([
            "kind": "Pod", "apiVersion": "v1",
            "spec": ["containers": [["name": "c", "args": ["a", "b"]]], "x": [:]],
        ])
        #expect(
            text == """
                apiVersion: v1
                kind: Pod
                spec:
                  containers:
                  - args:
                    - a
                    - b
                    name: c
                  x: {}

                """)
    }
}
