/// Takes the flags of one instruction and refuses those that it does not know.
struct FlagReader {
    /// What a flag's value looks like.
    enum Shape {
        case text, boolean, repeated
    }

    private var values: [String: [String]] = [:]

    /// Sorts `flags` by name.
    ///
    /// - Throws: `BuilderError` `.syntax` for an unknown, duplicate or empty flag; the message has no place yet.
    init(_ flags: [FlagSyntax], allowed: [String: Shape]) throws(BuilderError) {
        for flag in flags {
            guard let shape = allowed[flag.name] else {
                let hint = Suggestion.phrase(for: flag.name, among: allowed.keys.sorted())
                throw BuilderError(.syntax, "unknown flag: --\(flag.name)\(hint)")
            }
            if values[flag.name] != nil, shape != .repeated {
                throw BuilderError(.syntax, "duplicate flag specified: --\(flag.name)")
            }
            values[flag.name, default: []].append(try Self.check(flag, shape))
        }
    }

    private static func check(_ flag: FlagSyntax, _ shape: Shape) throws(BuilderError) -> String {
        guard shape == .boolean else {
            guard let value = flag.value, !value.isEmpty else {
                throw BuilderError(.syntax, "missing a value on flag: --\(flag.name)")
            }
            return value
        }
        let value = flag.value?.lowercased() ?? "true"
        guard value == "true" || value == "false" else {
            throw BuilderError(
                .syntax, "expecting boolean value for flag --\(flag.name), not: \(flag.value ?? "")")
        }
        return value
    }

    /// The value of a flag that appears once.
    func text(_ name: String) -> String? { values[name]?.first }

    /// The values of a repeatable flag.
    func texts(_ name: String) -> [String] { values[name] ?? [] }

    /// The value of a boolean flag; nil when it was not given.
    func boolean(_ name: String) -> Bool? { values[name]?.first.map { $0 == "true" } }
}
