import Testing

@testable import Document

@Suite struct JSONObjectTests {
    @Test func behavesAsADictionaryAtEverySize() {
        // Deterministic walk over the index threshold in both directions, compared with the standard dictionary.
        var object = JSONObject()
        var model: [String: Int64] = [:]
        var state: UInt64 = 7
        for step in 0..<4_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let key = "k\(state >> 33 % 40)"
            if state >> 60 < 7 {
                #expect(object.removeValue(forKey: key)?.intValue == model.removeValue(forKey: key))
            } else {
                object[key] = .integer(Int64(step))
                model[key] = Int64(step)
            }
            #expect(object.count == model.count)
        }
        for (key, value) in model { #expect(object[key] == .integer(value)) }
        #expect(Set(object.keys) == Set(model.keys))
    }

    @Test func equalityAndHashIgnoreOrder() {
        let left: JSONValue = ["a": 1, "b": ["x": 2, "y": 3]]
        let right: JSONValue = ["b": ["y": 3, "x": 2], "a": 1]
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left != ["a": 1])
        #expect(left != ["a": 1, "c": 2])
    }

    @Test func pathsCreateAndRemove() {
        var value: JSONValue = [:]
        value["metadata", "labels", "app"] = "web"
        #expect(value == ["metadata": ["labels": ["app": "web"]]])
        value["metadata", "labels", "app"] = nil
        #expect(value == ["metadata": ["labels": [:]]])
        value["status", "conditions", "x"] = nil
        #expect(value["status"] == nil)
    }
}
