import Effects
import SystemLinux
import Testing

@testable import Identity

@Suite struct IdentityStoreTests {
    static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = "/tmp/skiff-identity-\(Effects.live.uuid())"
        defer { try? Directory.removeTree(folder) }
        try body(folder)
    }

    @Test func keepsSecretsPrivateAndStable() throws {
        try Self.withFolder { folder in
            let request = LeafRequest(purpose: .client, commonName: "admin", organizations: ["system:masters"])
            let first = try IdentityStore.open(directory: folder, cluster: "x", effects: .live)
            let admin = try first.credential("admin", request)
            let again = try IdentityStore.open(directory: folder, cluster: "x", effects: .live)
            #expect(again.authority.credential == first.authority.credential)
            #expect(again.tokens.keyPEM == first.tokens.keyPEM)
            #expect(try again.credential("admin", request) == admin)
            #expect(try File.status(folder).mode & 0o777 == 0o700)
            for entry in try Directory.entries(folder) {
                #expect(try File.status("\(folder)/\(entry.name)").mode & 0o777 == 0o600)
            }
        }
    }

    @Test func renewsWhatChangedOrIsNearItsEnd() throws {
        try Self.withFolder { folder in
            let time = ManualTime()
            let store = try IdentityStore.open(
                directory: folder, cluster: "x", effects: Effects(time: time, random: SeededRandom(seed: 1)))
            var request = LeafRequest(purpose: .server, commonName: "api", names: ["localhost", "::1"])
            let first = try store.credential("api", request)
            #expect(try store.credential("api", request) == first)
            request.names.append("10.0.0.1")
            let second = try store.credential("api", request)
            #expect(second != first)
            time.advance(by: request.lifetime - IdentityStore.renewBefore + .seconds(1))
            #expect(try store.credential("api", request) != second)
        }
    }

    @Test func saysWhichFileIsBroken() throws {
        try Self.withFolder { folder in
            try File.write("\(folder)", [])
            let error = #expect(throws: IdentityError.self) {
                try IdentityStore.open(directory: folder, cluster: "x", effects: .live)
            }
            #expect(error?.message.contains(folder) == true)
        }
    }
}
