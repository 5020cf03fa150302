import SystemLinux

/// Numbers of a user and a group.
struct Ownership: Sendable, Hashable {
    let userID: UInt32
    let groupID: UInt32

    static let root = Ownership(userID: 0, groupID: 0)
}

/// Turns the text of `--chown` into numbers with the files of the image that is being built. Blocks.
struct OwnerResolver {
    /// A passwd or group file larger than this is refused.
    static let maximumFileBytes = 16 << 20

    let tree: any FileTree

    /// `user[:group]`; a lone number is also the group, a lone name has its own group.
    func resolve(_ text: String) throws(BuilderError) -> Ownership {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let user = parts[0].isEmpty ? "0" : parts[0]
        let userID: UInt32
        var groupID: UInt32
        if let number = UInt32(user) {
            (userID, groupID) = (number, number)
        } else {
            guard let line = try lines(of: "etc/passwd").first(where: { $0.first == user }), line.count >= 4,
                let found = UInt32(line[2]), let primary = UInt32(line[3])
            else { throw Self.unknown("user", user, in: "/etc/passwd") }
            (userID, groupID) = (found, primary)
        }
        if parts.count == 2, !parts[1].isEmpty {
            if let number = UInt32(parts[1]) {
                groupID = number
            } else {
                guard let line = try lines(of: "etc/group").first(where: { $0.first == parts[1] }), line.count >= 3,
                    let found = UInt32(line[2])
                else { throw Self.unknown("group", parts[1], in: "/etc/group") }
                groupID = found
            }
        }
        return Ownership(userID: userID, groupID: groupID)
    }

    private static func unknown(_ what: String, _ name: String, in file: String) -> BuilderError {
        BuilderError(
            .notFound,
            "--chown: \(what) \"\(name)\" is not in the image's \(file): create it in a RUN step, or use a number")
    }

    private func lines(of path: String) throws(BuilderError) -> [[String]] {
        let found = try tree.resolve(path, followsLast: true)
        guard let entry = found.entry, entry.status.kind == .regular else { return [] }
        let text = try HostFile.wrapped { () throws(LinuxError) in
            try File.readText(entry.hostPath, limit: Self.maximumFileBytes)
        }
        return text.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        }
    }
}
