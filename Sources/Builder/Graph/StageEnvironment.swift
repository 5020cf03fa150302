/// The variables in force at one point of a stage. Pure.
struct StageEnvironment: Sendable {
    /// The image's environment, in order.
    private(set) var variables: [(name: String, value: String)] = []
    /// The ARGs declared so far that have a value.
    private(set) var arguments: [String: String] = [:]

    /// Starts with the environment of a base image.
    init(_ list: [String] = []) {
        for entry in list {
            let equals = entry.firstIndex(of: "=") ?? entry.endIndex
            set(String(entry[..<equals]), equals == entry.endIndex ? "" : String(entry[entry.index(after: equals)...]))
        }
    }

    /// `NAME=value` in order, as an image config holds it.
    var list: [String] { variables.map { "\($0.name)=\($0.value)" } }

    /// Sets an environment variable; a known name keeps its place.
    mutating func set(_ name: String, _ value: String) {
        if let index = variables.firstIndex(where: { $0.name == name }) {
            variables[index].value = value
        } else {
            variables.append((name, value))
        }
    }

    /// Gives an ARG a value; nil leaves it declared but unset.
    mutating func declare(_ name: String, _ value: String?) {
        arguments[name] = value
    }

    /// The value of an environment variable.
    func value(_ name: String) -> String? { variables.first { $0.name == name }?.value }

    /// What expansion sees: ARGs, and the environment above them.
    var scope: [String: String] {
        var scope = arguments
        for variable in variables { scope[variable.name] = variable.value }
        return scope
    }

    /// The ARGs that RUN gets as environment: those that no environment variable hides, sorted.
    var visibleArguments: [(name: String, value: String)] {
        arguments.filter { value($0.key) == nil }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
