import HTTPService
import OCI
import Testing

@testable import Registry

@Suite struct RegistryRouteTests {
    private let hex = String(repeating: "a", count: 64)

    private func route(_ path: String) throws -> RegistryRoute? {
        try RegistryRoute(segments: path.split(separator: "/").map(String.init))
    }

    @Test func readsEveryEndpoint() throws {
        #expect(try route("/v2/") == .base)
        #expect(try route("/v2/_catalog") == .catalog)
        guard case .blob(let repository, let digest) = try route("/v2/a/b/blobs/sha256:\(hex)") else {
            Issue.record("not a blob")
            return
        }
        #expect(repository.path == "a/b")
        #expect(repository.reference.canonical == "docker.io/a/b")
        #expect(digest.hex == hex)
        guard case .startUpload = try route("/v2/app/blobs/uploads/") else { Issue.record("no start"); return }
        guard case .upload(_, "x-1") = try route("/v2/app/blobs/uploads/x-1") else { Issue.record("no upload"); return }
        guard case .manifest(_, .tag("v1")) = try route("/v2/app/manifests/v1") else { Issue.record("no tag"); return }
        guard case .manifest(_, .digest) = try route("/v2/app/manifests/sha256:\(hex)") else {
            Issue.record("no digest")
            return
        }
        guard case .tags = try route("/v2/app/tags/list") else { Issue.record("no tags"); return }
        guard case .referrers = try route("/v2/app/referrers/sha256:\(hex)") else {
            Issue.record("no referrers"); return
        }
    }

    @Test func namesMayHoldTheWordsOfPaths() throws {
        guard case .manifest(let repository, .tag("list")) = try route("/v2/blobs/uploads/manifests/list") else {
            Issue.record("not a manifest")
            return
        }
        #expect(repository.path == "blobs/uploads")
    }

    @Test(arguments: ["/v3/", "/", "/v2/app", "/v2/app/manifests", "/v2/app/other/x"])
    func otherPathsAreNone(_ path: String) throws {
        #expect(try route(path) == nil)
    }

    @Test(arguments: [
        ("/v2/App/manifests/v1", "NAME_INVALID"), ("/v2/a..b/manifests/v1", "NAME_INVALID"),
        ("/v2/../manifests/v1", "NAME_INVALID"), ("/v2/app/blobs/sha256:zz", "DIGEST_INVALID"),
        ("/v2/app/manifests/.v1", "MANIFEST_INVALID"), ("/v2/app/referrers/x", "DIGEST_INVALID"),
    ])
    func malformedPartsNameTheirCode(_ path: String, _ code: String) {
        let error = #expect(throws: RegistryError.self) { try route(path) }
        #expect(error?.code.description == code)
    }
}

@Suite struct ByteRangeTests {
    @Test func readsTheThreeForms() {
        #expect(ByteRange.parse("bytes=0-4", size: 10) == .part(ByteRange(first: 0, last: 4)))
        #expect(ByteRange.parse("bytes=4-", size: 10) == .part(ByteRange(first: 4, last: 9)))
        #expect(ByteRange.parse("bytes=-3", size: 10) == .part(ByteRange(first: 7, last: 9)))
        #expect(ByteRange.parse("bytes=-30", size: 10) == .part(ByteRange(first: 0, last: 9)))
        #expect(ByteRange.parse("bytes=5-500", size: 10) == .part(ByteRange(first: 5, last: 9)))
    }

    @Test func tellsUnsatisfiableFromNonsense() {
        #expect(ByteRange.parse("bytes=10-", size: 10) == .unsatisfiable)
        #expect(ByteRange.parse("bytes=5-2", size: 10) == .unsatisfiable)
        #expect(ByteRange.parse("bytes=-0", size: 10) == .unsatisfiable)
        #expect(ByteRange.parse("bytes=99999999999999999999-", size: 10) == .unsatisfiable)
        for header in [nil, "", "bytes=", "bytes=-", "bytes=a-b", "bytes=0-1,3-4", "items=0-1"] {
            #expect(ByteRange.parse(header, size: 10) == .whole)
        }
    }

    @Test func readsChunkPlaces() {
        #expect(ByteRange.parseChunk("0-9") == ByteRange(first: 0, last: 9))
        for header in ["", "9-0", "0-", "bytes 0-9/10", "a-b", "-1-5"] { #expect(ByteRange.parseChunk(header) == nil) }
    }
}

@Suite struct WriteGateTests {
    private func gate(_ user: UInt32?) -> WriteGate {
        WriteGate(ownerID: 1000, isOpen: false, userOfPeer: { _ in user })
    }

    @Test func rootAndTheOwnerMayWrite() async throws {
        try await gate(0).check(peer: .network("127.0.0.1:1"), host: "localhost:5000")
        try await gate(1000).check(peer: .network("127.0.0.1:1"), host: "127.0.0.1:5000")
        try await gate(nil).check(peer: .unix(uid: 1000, gid: 1, pid: 1), host: nil)
    }

    @Test(arguments: [1001, nil] as [UInt32?]) func othersMayNot(_ user: UInt32?) async {
        await #expect(throws: RegistryError.self) {
            try await gate(user).check(peer: .network("127.0.0.1:1"), host: "localhost")
        }
        await #expect(throws: RegistryError.self) {
            try await gate(0).check(peer: .unix(uid: 5, gid: 1, pid: 1), host: nil)
        }
    }

    @Test(arguments: [
        "evil.example", "localhost.evil", "128.0.0.1", "127.0.0.1.evil", "127.0.0", "", "[::2]:5000", "127.0.0.1:1:2",
    ])
    func foreignHostNamesAreRefused(_ host: String) async {
        #expect(!WriteGate.isLoopback(host))
        await #expect(throws: RegistryError.self) {
            try await gate(0).check(peer: .network("127.0.0.1:1"), host: host)
        }
    }

    @Test func findsTheUserInTheSocketTable() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1
               1: 0100007F:A1B2 0100007F:1388 01 00000000:00000000 00:00000000 00000000  1234        0 2 1
               2: 0100007F:A1B3 0100007F:1388 06 00000000:00000000 00:00000000 00000000     0        0 3 1
            """
        #expect(PeerSocket.match(table, local: "0100007F:A1B2") == 1234)
        #expect(PeerSocket.match(table, local: "0100007F:1388") == nil)
        #expect(PeerSocket.match(table, local: "0100007F:A1B3") == nil)
    }
}
