import Testing

@testable import OCI

@Suite struct ReferenceTests {
    @Test(arguments: [
        ("python", "docker.io/library/python", "python"),
        ("python:3.9-slim", "docker.io/library/python:3.9-slim", "python:3.9-slim"),
        ("library/python", "docker.io/library/python", "python"),
        ("docker.io/python", "docker.io/library/python", "python"),
        ("index.docker.io/python:3", "docker.io/library/python:3", "python:3"),
        ("org/app", "docker.io/org/app", "org/app"),
        ("localhost/app:1", "localhost/app:1", "localhost/app:1"),
        ("localhost:5000/app", "localhost:5000/app", "localhost:5000/app"),
        ("quay.io/a/b/c:v1", "quay.io/a/b/c:v1", "quay.io/a/b/c:v1"),
        ("HOST/app", "HOST/app", "HOST/app"),
        ("[::1]:5000/app:x", "[::1]:5000/app:x", "[::1]:5000/app:x"),
        ("a__b/c-d---e/f.g", "docker.io/a__b/c-d---e/f.g", "a__b/c-d---e/f.g"),
    ])
    func readsShortAndLongForms(_ text: String, _ canonical: String, _ familiar: String) throws {
        let reference = try Reference(text)
        #expect(reference.canonical == canonical)
        #expect(reference.familiar == familiar)
        #expect(try Reference(reference.familiar) == reference)
        #expect(try Reference(reference.canonical) == reference)
    }

    @Test func keepsTagAndDigestTogether() throws {
        let hex = String(repeating: "a", count: 64)
        let reference = try Reference("app:1@sha256:\(hex)")
        #expect(reference.tag == "1")
        #expect(reference.digest?.hex == hex)
        #expect(reference.canonical == "docker.io/library/app:1@sha256:\(hex)")
        #expect(reference.withDefaultTag == reference)
    }

    @Test func addsLatestOnlyWhenNothingIsNamed() throws {
        #expect(try Reference("app").withDefaultTag.tag == "latest")
        #expect(try Reference("app:2").withDefaultTag.tag == "2")
    }

    @Test(arguments: [
        "", ":", ":tag", "@sha256:aa", "App", "app:", "app:.tag", "app:-tag", "app:ta g", "app/", "/app", "a//b",
        "a/../b", "../a", "a.", ".a", "a..b", "a___b", "a_.b", "a-_b", "-a", "host:99999/app", "host:/app",
        "host:5x/app", "app@sha256:zz", "app@", "app:1:2", "a b", "a\u{0}b", "äpfel", "app:täg", "[::1/app",
        "[evil]/app",
        "-host.io/app", "host-.io/app", "quay.io/",
    ])
    func refusesMalformedText(_ text: String) {
        #expect(throws: OCIError.self) { try Reference(text) }
    }

    @Test func refusesAnImageIDAsName() {
        let error = #expect(throws: OCIError.self) { try Reference(String(repeating: "a", count: 64)) }
        #expect(error?.message.contains("image id") == true)
    }

    @Test func refusesNamesLongerThan255() {
        #expect(throws: OCIError.self) { try Reference(String(repeating: "a", count: 300)) }
        #expect(throws: OCIError.self) { try Reference("quay.io/" + String(repeating: "a/", count: 150) + "b") }
    }

    @Test func refusesTagsLongerThan128() throws {
        _ = try Reference("app:" + String(repeating: "a", count: 128))
        #expect(throws: OCIError.self) { try Reference("app:" + String(repeating: "a", count: 129)) }
    }

    @Test func errorsEscapeControlCharacters() {
        let error = #expect(throws: OCIError.self) { try Reference("a\u{1b}[31mb") }
        #expect(error?.message.contains("\u{1b}") == false)
    }

    @Test func namesThatLookLikeRegistriesKeepTheirRegistry() throws {
        let reference = try Reference("docker.io/library/localhost")
        #expect(try Reference(reference.familiar) == reference)
        let dotted = try Reference("docker.io/my.org/app")
        #expect(try Reference(dotted.familiar) == dotted)
    }
}
