/// The value of `--chmod`: a number or symbolic changes. Pure.
public enum ModeChange: Sendable, Hashable {
    /// The mode itself.
    case absolute(UInt32)
    /// `u=rwX,go=rX` and the like, applied in order.
    case symbolic([Clause])

    /// One `who op permissions` of a symbolic mode.
    public struct Clause: Sendable, Hashable {
        let who: Set<Character>
        let operation: Character
        let permissions: [Character]
    }

    /// Reads an octal number up to 7777 or a symbolic mode.
    ///
    /// - Throws: `BuilderError` `.invalidValue`, without a place.
    public init(_ text: String) throws(BuilderError) {
        if text.allSatisfy({ ("0"..."7").contains($0) }), let mode = UInt32(text, radix: 8), mode <= 0o7777 {
            self = .absolute(mode)
            return
        }
        var clauses: [Clause] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let parsed = Self.clauses(part) else {
                throw BuilderError(
                    .invalidValue,
                    "invalid chmod parameter \"\(text)\": it should be an octal number between 0 and 07777 or a "
                        + "symbolic mode such as u=rwX,go=rX")
            }
            clauses += parsed
        }
        self = .symbolic(clauses)
    }

    private static func clauses(_ part: Substring) -> [Clause]? {
        let whoText = part.prefix { "ugoa".contains($0) }
        var who = Set(whoText)
        if who.isEmpty || who.contains("a") { who = ["u", "g", "o"] }
        var rest = part[whoText.endIndex...]
        guard !rest.isEmpty else { return nil }
        var clauses: [Clause] = []
        while let operation = rest.first {
            guard "=+-".contains(operation) else { return nil }
            rest = rest.dropFirst()
            let permissions = rest.prefix { !"=+-".contains($0) }
            guard permissions.allSatisfy({ "rwxXstugo".contains($0) }) else { return nil }
            rest = rest[permissions.endIndex...]
            clauses.append(Clause(who: who, operation: operation, permissions: Array(permissions)))
        }
        return clauses
    }

    /// The mode of a file that had `mode` (12 bits).
    func applied(to mode: UInt32, isDirectory: Bool) -> UInt32 {
        switch self {
        case .absolute(let value): return value
        case .symbolic(let clauses):
            return clauses.reduce(mode) { $1.applied(to: $0, isDirectory: isDirectory) }
        }
    }
}

extension ModeChange.Clause {
    private static let shifts: [Character: UInt32] = ["u": 6, "g": 3, "o": 0]

    func applied(to mode: UInt32, isDirectory: Bool) -> UInt32 {
        var bits: UInt32 = 0
        for (class_, shift) in Self.shifts where who.contains(class_) {
            bits |= permissionBits(of: mode, isDirectory: isDirectory) << shift
        }
        if permissions.contains("s") {
            if who.contains("u") { bits |= 0o4000 }
            if who.contains("g") { bits |= 0o2000 }
        }
        if permissions.contains("t") { bits |= 0o1000 }
        switch operation {
        case "+": return mode | bits
        case "-": return mode & ~bits
        default:
            var cleared: UInt32 = 0
            for (class_, shift) in Self.shifts where who.contains(class_) { cleared |= 0o7 << shift }
            if who.contains("u") { cleared |= 0o4000 }
            if who.contains("g") { cleared |= 0o2000 }
            return (mode & ~cleared) | bits
        }
    }

    private func permissionBits(of mode: UInt32, isDirectory: Bool) -> UInt32 {
        var bits: UInt32 = 0
        for permission in permissions {
            switch permission {
            case "r": bits |= 4
            case "w": bits |= 2
            case "x": bits |= 1
            case "X": if isDirectory || mode & 0o111 != 0 { bits |= 1 }
            default: if let shift = Self.shifts[permission] { bits |= (mode >> shift) & 7 }
            }
        }
        return bits
    }
}
