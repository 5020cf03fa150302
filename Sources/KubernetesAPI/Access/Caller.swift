/// Who makes a request.
struct Caller: Sendable, Hashable {
    /// User name.
    var user: String
    /// Groups, with `system:authenticated` or `system:unauthenticated`.
    var groups: [String]
    /// Uid of the account, when there is one.
    var uid = ""

    /// The group that may do everything.
    static let masters = "system:masters"
    static let authenticated = "system:authenticated"

    /// Somebody without credentials.
    static let anonymous = Caller(user: "system:anonymous", groups: ["system:unauthenticated"])

    /// The superuser of this machine, on the unix socket.
    static let root = Caller(user: "kubernetes-admin", groups: [masters, authenticated])

    var isMaster: Bool { self.groups.contains(Self.masters) }
    var isAnonymous: Bool { self == Self.anonymous }
}
