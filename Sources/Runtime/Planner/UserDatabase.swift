/// The user and group files of a container's root, read by hand: no library of the host ever interprets them.
///
/// Lines that can't be read are skipped, as every libc does. Pure.
struct UserDatabase: Sendable {
    /// Larger files are cut here, in bytes; a hostile image can't make the daemon read for ever.
    static let fileMaxBytes = 1024 * 1024

    private struct Account {
        let name: Substring
        let uid: UInt32
        let gid: UInt32
        let home: Substring
    }

    private struct Group {
        let name: Substring
        let gid: UInt32
        let members: [Substring]
    }

    private let accounts: [Account]
    private let groups: [Group]

    /// Reads the texts of `/etc/passwd` and `/etc/group`; nil for a file that does not exist.
    init(passwd: [UInt8]?, group: [UInt8]?) {
        accounts = Self.lines(passwd).compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 6, let uid = UInt32(fields[2]), let gid = UInt32(fields[3]) else { return nil }
            return Account(name: fields[0], uid: uid, gid: gid, home: fields[5])
        }
        groups = Self.lines(group).compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 4, let gid = UInt32(fields[2]) else { return nil }
            return Group(name: fields[0], gid: gid, members: fields[3].split(separator: ","))
        }
    }

    private static func lines(_ bytes: [UInt8]?) -> [Substring] {
        guard let bytes else { return [] }
        return String(decoding: bytes.prefix(fileMaxBytes), as: UTF8.self)
            .split(whereSeparator: \.isNewline)
            .filter { !$0.hasPrefix("#") }
    }

    /// Who `user[:group]` is, with the additional groups.
    /// - Throws: `.invalid` for a name the files do not know.
    func resolve(_ user: String, groupAdd: [String]) throws(RuntimeError) -> ProcessIdentity {
        let parts = user.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let who = parts.first ?? ""
        var out = ProcessIdentity(uid: 0, gid: 0, additionalGids: [], home: "/")
        var account: Account?
        if who.isEmpty {
            account = accounts.first { $0.uid == 0 }
        } else if let named = accounts.first(where: { $0.name == who }) {
            account = named
        } else if let uid = UInt32(who) {
            account = accounts.first { $0.uid == uid }
            out.uid = uid
        } else {
            throw RuntimeError(.invalid, "unable to find user \(who): no matching entries in passwd file of the image")
        }
        if let account {
            out.uid = account.uid
            out.gid = account.gid
            if !account.home.isEmpty { out.home = String(account.home) }
        }
        if parts.count == 2 && !parts[1].isEmpty {
            out.gid = try gid(of: parts[1])
        } else if let account {
            // Only a user without a named group keeps the groups the file lists for the name.
            out.additionalGids = groups.filter { $0.members.contains(account.name) }.map(\.gid)
        }
        for name in groupAdd {
            let gid = try gid(of: name)
            if !out.additionalGids.contains(gid) { out.additionalGids.append(gid) }
        }
        out.additionalGids.removeAll { $0 == out.gid }
        return out
    }

    private func gid(of text: String) throws(RuntimeError) -> UInt32 {
        if let group = groups.first(where: { $0.name == text }) { return group.gid }
        if let gid = UInt32(text) { return gid }
        throw RuntimeError(.invalid, "unable to find group \(text): no matching entries in group file of the image")
    }
}

/// Who a program runs as.
struct ProcessIdentity: Sendable, Hashable {
    var uid: UInt32
    var gid: UInt32
    var additionalGids: [UInt32]
    var home: String
}
