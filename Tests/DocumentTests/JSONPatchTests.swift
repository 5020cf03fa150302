import Testing

@testable import Document

@Suite struct JSONPatchTests {
    private func applying(_ patch: JSONValue, to document: JSONValue) throws -> JSONValue {
        try JSONPatch(patch).applying(to: document)
    }

    // The examples of RFC 6902, appendix A.
    @Test(
        arguments: [
            (["foo": "bar"], [["op": "add", "path": "/baz", "value": "qux"]], ["foo": "bar", "baz": "qux"]),
            (["foo": ["a", "c"]], [["op": "add", "path": "/foo/1", "value": "b"]], ["foo": ["a", "b", "c"]]),
            (["a": 1, "b": 2], [["op": "remove", "path": "/a"]], ["b": 2]),
            (["a": [1, 2, 3]], [["op": "remove", "path": "/a/1"]], ["a": [1, 3]]),
            (["a": 1], [["op": "replace", "path": "/a", "value": 2]], ["a": 2]),
            (["a": ["b": 1], "c": [:]], [["op": "move", "from": "/a/b", "path": "/c/d"]], ["a": [:], "c": ["d": 1]]),
            (["a": [1, 2, 3]], [["op": "move", "from": "/a/0", "path": "/a/2"]], ["a": [2, 3, 1]]),
            (["a": 1], [["op": "copy", "from": "/a", "path": "/b"]], ["a": 1, "b": 1]),
            (["a~/b": 1], [["op": "test", "path": "/a~0~1b", "value": 1]], ["a~/b": 1]),
            (["a": [1]], [["op": "add", "path": "/a/-", "value": [2]]], ["a": [1, [2]]]),
            ([1], [["op": "replace", "path": "", "value": "x"]], "x"),
        ] as [(JSONValue, JSONValue, JSONValue)])
    func followsTheRFC(document: JSONValue, patch: JSONValue, expected: JSONValue) throws {
        #expect(try applying(patch, to: document) == expected)
    }

    @Test(
        arguments: [
            [["op": "remove", "path": "/missing"]], [["op": "replace", "path": "/missing", "value": 1]],
            [["op": "add", "path": "/a/b/c", "value": 1]], [["op": "add", "path": "/list/5", "value": 1]],
            [["op": "add", "path": "/list/01", "value": 1]], [["op": "test", "path": "/a", "value": 2]],
            [["op": "move", "from": "/a", "path": "/a/b"]], [["op": "nothing", "path": "/a"]], [["path": "/a"]],
            [["op": "add", "path": "/a"]], [["op": "remove", "path": "a"]], ["op": "remove"],
            [["op": "remove", "path": "/~2"]],
        ] as [JSONValue])
    func refusesWhatCannotBeApplied(patch: JSONValue) {
        #expect(throws: DocumentError.self) { try applying(patch, to: ["a": 1, "list": [1]]) }
    }

    @Test func aFailedTestHasItsOwnCode() {
        #expect { try applying([["op": "test", "path": "/a", "value": 2]], to: ["a": 1]) } throws: {
            ($0 as? DocumentError)?.code == .testFailed
        }
    }

    // The examples of RFC 7386, appendix A.
    @Test(
        arguments: [
            (["a": "b"], ["a": "c"], ["a": "c"]), (["a": "b"], ["b": "c"], ["a": "b", "b": "c"]),
            (["a": "b"], ["a": nil], [:]), (["a": ["b"]], ["a": "c"], ["a": "c"]),
            (["a": "c"], ["a": ["b"]], ["a": ["b"]]),
            (["a": ["b": "c"]], ["a": ["b": "d", "c": nil]], ["a": ["b": "d"]]), (["a": "foo"], nil, nil),
            (["a": "foo"], "bar", "bar"), (["e": nil], ["a": 1], ["e": nil, "a": 1]),
            ([1, 2], ["a": "b", "c": nil], ["a": "b"]),
            ([:], ["a": ["bb": ["ccc": nil]]], ["a": ["bb": [:]]]),
        ] as [(JSONValue, JSONValue, JSONValue)])
    func mergePatchFollowsTheRFC(target: JSONValue, patch: JSONValue, expected: JSONValue) {
        #expect(MergePatch.applying(patch, to: target) == expected)
    }
}
