import Testing

@testable import Document

@Suite struct JSONReaderTests {
    @Test func readsEveryTypeAndKeepsKeyOrder() throws {
        let value = try JSONReader.parse(#" {"z":1,"a":[true,false,null,-2.5,"x\u00e9\n\ud83d\ude00"],"m":{}} "#)
        #expect(value == ["z": 1, "a": [true, false, nil, -2.5, "xé\n😀"], "m": [:]])
        #expect(value.objectValue?.keys == ["z", "a", "m"])
    }

    @Test(arguments: [
        ("0", JSONValue.integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
        ("1.0", .number(1)), ("1e3", .number(1000)), ("18446744073709551616", .number(18_446_744_073_709_551_616)),
    ])
    func keepsIntegersApartFromOtherNumbers(text: String, expected: JSONValue) throws {
        #expect(try JSONReader.parse(text) == expected)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "01", "1.", "1e", ".5", "+1", "-", "tru", "nul", "\"a",
        "\"\u{1}\"",
        "\"\\x\"", "\"\\u12\"", "1 2", "[1 2]", "{\"a\" 1}", "{\"a\":}", "1e999", "'a'", "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "[\"a\":1]", "NaN", "/*c*/1",
    ])
    func refusesWhatIsNotJSON(text: String) {
        #expect(throws: DocumentError.self) { try JSONReader.parse(text) }
    }

    @Test func refusesInvalidUTF8() {
        #expect { try JSONReader.parse([0x22, 0xFF, 0x22]) } throws: { ($0 as? DocumentError)?.code == .invalidText }
        #expect { try JSONReader.parse([0x22, 0x5C, 0x6E, 0xC3, 0x22]) } throws: {
            ($0 as? DocumentError)?.code == .invalidText
        }
    }

    @Test func duplicateKeysNameThePlace() {
        #expect {
            try JSONReader.parse("{\n  \"a\": 1,\n  \"a\": 2\n}")
        } throws: { error in
            guard let error = error as? DocumentError else { return false }
            return error.code == .duplicateKey && error.position == SourcePosition(line: 3, column: 3)
                && error.description == "line 3, column 3: duplicate key \"a\""
        }
    }

    @Test func duplicateKeysCanBeReportedWithTheirPaths() throws {
        let text = #"{"spec":{"ports":[{"name":"a"},{"name":"b","name":"c"}],"x":1,"x":2}}"#
        let (value, duplicates) = try JSONReader.parseReportingDuplicates(Array(text.utf8))
        #expect(duplicates == ["spec.ports[1].name", "spec.x"])
        #expect(value["spec", "x"] == 2)
        #expect(try JSONReader.parseReportingDuplicates(Array("[1]".utf8)).duplicates.isEmpty)
    }

    @Test func depthAndSizeAreLimited() {
        let deep = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
        #expect { try JSONReader.parse(deep) } throws: { ($0 as? DocumentError)?.code == .tooDeep }
        #expect { try JSONReader.parse("[1,2,3]", options: .init(maximumBytes: 3)) } throws: {
            ($0 as? DocumentError)?.code == .tooLarge
        }
    }

    @Test func writtenTextReadsBackEqual() throws {
        let value: JSONValue = [
            "a\"\\\n\u{1}": ["", "é", "\u{2028}", nil, true, -1, 1.5, 1e300, [], [:]], "n": .integer(.min),
        ]
        for style in [JSONWriter.Style.compact, .pretty] {
            #expect(try JSONReader.parse(JSONWriter.bytes(value, style: style)) == value)
        }
    }

    @Test func prettyTextLooksLikeKubectl() {
        let text = JSONWriter.string(["a": [1, [:]], "b": [], "c": ["d": "e"]], style: .pretty)
        #expect(
            text
                == "{\n    \"a\": [\n        1,\n        {}\n    ],\n    \"b\": [],\n    \"c\": {\n        \"d\": \"e\"\n    }\n}"
        )
    }
}
