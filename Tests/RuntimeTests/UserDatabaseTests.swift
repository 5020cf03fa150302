import Testing

@testable import Runtime

@Suite struct UserDatabaseTests {
    private let users = UserDatabase(
        passwd: Array("root:x:0:0:root:/root:/bin/sh\n# note\nweb:x:33:34:w:/srv:/bin/false\nbroken\n".utf8),
        group: Array("root:x:0:\nweb:x:34:\nextra:x:44:web,other\n".utf8)
    )

    @Test(
        arguments: [
            ("", 0, 0, [], "/root"), ("web", 33, 34, [44], "/srv"), ("33", 33, 34, [44], "/srv"),
            ("1000", 1000, 0, [], "/"),
            ("web:extra", 33, 44, [], "/srv"), ("0:7", 0, 7, [], "/root"), ("500:500", 500, 500, [], "/"),
        ] as [(String, UInt32, UInt32, [UInt32], String)])
    func usersAreFound(text: String, uid: UInt32, gid: UInt32, groups: [UInt32], home: String) throws {
        let found = try users.resolve(text, groupAdd: [])
        #expect(found == ProcessIdentity(uid: uid, gid: gid, additionalGids: groups, home: home))
    }

    @Test func groupsAreAddedByNameAndNumber() throws {
        #expect(try users.resolve("web", groupAdd: ["999", "extra"]).additionalGids == [44, 999])
    }

    @Test func unknownNamesAreRefused() {
        #expect(throws: RuntimeError.self) { try users.resolve("nobody", groupAdd: []) }
        #expect(throws: RuntimeError.self) { try users.resolve("web:nogroup", groupAdd: []) }
    }

    @Test func aRootWithoutFilesStillHasNumbers() throws {
        let empty = UserDatabase(passwd: nil, group: nil)
        #expect(try empty.resolve("", groupAdd: []).home == "/")
        #expect(try empty.resolve("12:13", groupAdd: []).gid == 13)
    }
}
