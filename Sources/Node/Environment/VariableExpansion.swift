/// `$(NAME)` references in env values, commands and arguments (core/v1 EnvVar, Container.command).
enum VariableExpansion {
    /// Replaces each `$(NAME)` that `lookup` knows; `$$` stands for `$`, an unknown reference stays as it is.
    static func expand(_ text: String, lookup: (String) -> String?) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            let next = rest.index(after: dollar)
            guard next < rest.endIndex else {
                result += "$"
                return result
            }
            switch rest[next] {
            case "$":
                result += "$"
                rest = rest[rest.index(after: next)...]
            case "(":
                let start = rest.index(after: next)
                guard let end = rest[start...].firstIndex(of: ")") else {
                    result += rest[dollar...]
                    return result
                }
                result += lookup(String(rest[start..<end])) ?? String(rest[dollar...end])
                rest = rest[rest.index(after: end)...]
            default:
                result += "$\(rest[next])"
                rest = rest[rest.index(after: next)...]
            }
        }
        return result + rest
    }
}
