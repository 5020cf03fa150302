import Clients

/// Objects a command line names: `pod x y`, `pod/x deployment/y`, `pods,services`.
struct ObjectNames {
    /// One kind, and the names given with it; none means the whole list.
    struct Group {
        let resource: APIResource
        var names: [String]
    }

    let groups: [Group]

    /// Reads words; throws for unknown kinds and mixtures of the two forms.
    init(_ words: [String], client: KubernetesClient) throws {
        guard let first = words.first else { throw CommandFailure("name a kind, e.g. \"pods\" or \"deployment/web\"") }
        if words.contains(where: { $0.contains("/") }) {
            var groups: [Group] = []
            for word in words {
                let parts = word.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
                guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                    throw CommandFailure("\"\(word)\" must have the form KIND/NAME, as the other arguments do")
                }
                let resource = try client.resource(named: parts[0])
                if let index = groups.firstIndex(where: { $0.resource == resource }) {
                    groups[index].names.append(parts[1])
                } else {
                    groups.append(Group(resource: resource, names: [parts[1]]))
                }
            }
            self.groups = groups
            return
        }
        let kinds = first.split(separator: ",").map { String($0) }
        let names = Array(words.dropFirst())
        guard kinds.count == 1 || names.isEmpty else {
            throw CommandFailure("names can be given with one kind only; use KIND/NAME for several")
        }
        groups = try kinds.flatMap { try client.resources(named: $0) }.map { Group(resource: $0, names: names) }
    }

    /// The one object that the words must name.
    static func single(_ words: [String], client: KubernetesClient) throws -> (resource: APIResource, name: String) {
        let names = try ObjectNames(words, client: client)
        guard names.groups.count == 1, names.groups[0].names.count == 1 else {
            throw CommandFailure("name exactly one object, e.g. \"deployment/web\"")
        }
        return (names.groups[0].resource, names.groups[0].names[0])
    }
}
