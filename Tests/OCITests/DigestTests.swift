import Testing

@testable import OCI

@Suite struct DigestTests {
    private let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test func keepsAlgorithmAndHex() throws {
        let digest = try Digest("sha256:\(empty)")
        #expect(digest.algorithm == .sha256)
        #expect(digest.hex == empty)
        #expect(digest.description == "sha256:\(empty)")
        #expect(digest.short == "e3b0c44298fc")
    }

    @Test func encodesBytesAsLowerHex() throws {
        let digest = try Digest(algorithm: .sha256, bytes: (0..<32).map { UInt8($0 * 8) })
        #expect(digest.hex.hasPrefix("0008101820"))
        #expect(digest.hex.hasSuffix("f0f8"))
    }

    @Test(arguments: [
        "", ":", "sha256", "sha256:", "sha256:zz",
        "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
        "sha256:e3b0", "SHA256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "sha256:../../../etc/passwd", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85/",
        "sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "..:aa", "sha256::aa", "+a:bb",
        "a+:bb",
    ])
    func refusesMalformedText(_ text: String) {
        #expect(throws: OCIError.self) { try Digest(text) }
    }

    @Test func tellsUnknownAlgorithmsFromMalformedDigests() {
        let error = #expect(throws: OCIError.self) {
            try Digest("multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8")
        }
        #expect(error?.code == .unsupportedDigestAlgorithm)
    }

    @Test func refusesTheWrongNumberOfBytes() {
        #expect(throws: OCIError.self) { try Digest(algorithm: .sha512, bytes: [1, 2, 3]) }
    }
}
