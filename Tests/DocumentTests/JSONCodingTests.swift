import Testing

@testable import Document

@Suite struct JSONCodingTests {
    struct Port: Codable, Equatable {
        var number: UInt16
        var name: String?
        var tags: [String: String] = [:]
        var raw: JSONValue?
    }

    struct Service: Codable, Equatable {
        var ports: [Port]
        var ready: Bool
        var weight: Double
    }

    @Test func valuesRoundTrip() throws {
        let service = Service(
            ports: [Port(number: 80, name: nil, tags: ["a": "b"], raw: ["x": [1, 2.5, nil]])], ready: true, weight: 1.5)
        let bytes = try JSONEncoding.encode(service)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"ports":[{"number":80,"tags":{"a":"b"},"raw":{"x":[1,2.5,null]}}],"ready":true,"weight":1.5}"#)
        #expect(try JSONDecoding.decode(Service.self, from: bytes) == service)
    }

    @Test(arguments: [
        (#"{"ports":[{"number":70000,"tags":{}}],"ready":true,"weight":1}"#, "ports[0].number"),
        (#"{"ports":[],"ready":"yes","weight":1}"#, "ready"),
        (#"{"ports":[],"ready":true}"#, "missing key \"weight\""),
        (#"{"ports":{},"ready":true,"weight":1}"#, "expected array, found object"),
    ])
    func errorsNameThePath(text: String, part: String) {
        #expect { try JSONDecoding.decode(Service.self, from: text) } throws: { error in
            guard let error = error as? DocumentError else { return false }
            return error.code == .typeMismatch && error.message.contains(part)
        }
    }

    @Test func unknownKeysAreRefusedOnlyOnRequest() throws {
        let text = #"{"ports":[{"number":1,"tags":{"any":"x"},"raw":{"deep":1},"bogus":1}],"ready":true,"weight":1}"#
        _ = try JSONDecoding.decode(Service.self, from: text)
        #expect {
            try JSONDecoding.decode(Service.self, from: text, options: .init(unknownKeys: .refuse))
        } throws: { ($0 as? DocumentError)?.message == "unknown key \"ports[0].bogus\"" }
    }

    @Test func numbersThatJSONCannotHoldAreRefused() {
        #expect(throws: DocumentError.self) { try JSONEncoding.encode(["x": Double.infinity]) }
        #expect(throws: DocumentError.self) { try JSONEncoding.encode([UInt64.max]) }
    }
}
