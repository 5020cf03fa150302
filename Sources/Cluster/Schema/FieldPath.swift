/// The path of a value inside an object, kept as a stack while a tree is walked and written out only when needed.
struct FieldPath: CustomStringConvertible {
    private enum Step {
        case field(String)
        case key(String)
        case index(Int)
    }

    private var steps: [Step] = []

    init() {}

    mutating func push(field: String) { steps.append(.field(field)) }
    mutating func push(key: String) { steps.append(.key(key)) }
    mutating func push(index: Int) { steps.append(.index(index)) }
    mutating func pop() { steps.removeLast() }

    /// The path of a field below this one.
    func with(_ field: String) -> String {
        var longer = self
        longer.push(field: field)
        return longer.description
    }

    /// `spec.containers[0].ports[web].name`.
    var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .field(let name): text += text.isEmpty ? name : ".\(name)"
            case .key(let name): text += "[\(name)]"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}
