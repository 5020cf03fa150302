import Document

/// The part of JSONPath that scripts use: text around `{.status.addresses[0]['type']}`, with fields, quoted names,
/// indexes (negative ones count from the end) and `[*]`. Pure. kubectl's reference names the form.
struct ObjectPath {
    private enum Step {
        case field(String)
        case index(Int)
        case all
    }

    private enum Piece {
        case text(String)
        case path([Step])
    }

    private let pieces: [Piece]

    /// Fails with a `CommandFailure` that names what is not understood (filters, ranges, unions, `..`).
    init(_ template: String) throws {
        var pieces: [Piece] = []
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
            guard let close = rest[open...].firstIndex(of: "}") else {
                throw CommandFailure("invalid jsonpath \"\(template)\": a { is not closed")
            }
            let inner = String(rest[rest.index(after: open)..<close])
            pieces.append(try Self.piece(inner))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        self.pieces = pieces
    }

    /// The text for an object; several values are separated by a space, a field that is missing gives nothing.
    func text(of object: JSONValue) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): return text
            case .path(let steps):
                var values = [object]
                for step in steps { values = values.flatMap { Self.take(step, from: $0) } }
                return values.map(Self.text).joined(separator: " ")
            }
        }.joined()
    }

    private static func piece(_ inner: String) throws -> Piece {
        if inner.count >= 2, let quote = inner.first, quote == "\"", inner.last == quote {
            return .text(
                String(inner.dropFirst().dropLast()).replacing("\\n", with: "\n").replacing("\\t", with: "\t"))
        }
        return .path(try steps(inner))
    }

    private static func steps(_ source: String) throws -> [Step] {
        let refusal = CommandFailure(
            "invalid jsonpath {\(source)}: fields (.a.b), indexes ([0]), names (['a']) and [*] are understood; "
                + "use -o json for more")
        var rest = source.hasPrefix("$") ? source.dropFirst() : source[...]
        var steps: [Step] = []
        while let first = rest.first {
            if first == "[" {
                guard let close = rest.firstIndex(of: "]") else { throw refusal }
                steps.append(try subscripted(rest[rest.index(after: rest.startIndex)..<close], refusal))
                rest = rest[rest.index(after: close)...]
                continue
            }
            if first == "." {
                rest = rest.dropFirst()
                // `{.}` is the object itself, and a dot before a bracket says nothing.
                if rest.isEmpty && steps.isEmpty || rest.first == "[" { continue }
            } else if !steps.isEmpty {
                throw refusal
            }
            let name = takeName(&rest)
            guard !name.isEmpty, !name.contains(where: { "?()@, ".contains($0) }) else { throw refusal }
            steps.append(name == "*" ? .all : .field(name))
        }
        return steps
    }

    /// A backslash keeps a dot inside a name: `.metadata.labels.app\\.kubernetes\\.io/name`.
    private static func takeName(_ rest: inout Substring) -> String {
        var name = ""
        while let next = rest.first, next != ".", next != "[" {
            rest = rest.dropFirst()
            if next == "\\", let escaped = rest.popFirst() { name.append(escaped) } else { name.append(next) }
        }
        return name
    }

    private static func subscripted(_ text: Substring, _ refusal: CommandFailure) throws -> Step {
        if text == "*" { return .all }
        if let index = Int(text) { return .index(index) }
        guard text.count >= 2, let quote = text.first, quote == "'" || quote == "\"", text.last == quote else {
            throw refusal
        }
        return .field(String(text.dropFirst().dropLast()))
    }

    private static func take(_ step: Step, from value: JSONValue) -> [JSONValue] {
        switch step {
        case .field(let name): return value[name].map { [$0] } ?? []
        case .index(let index):
            let items = value.arrayValue ?? []
            let place = index < 0 ? items.count + index : index
            return items.indices.contains(place) ? [items[place]] : []
        case .all:
            if let items = value.arrayValue { return items }
            return value.objectValue?.map { $0.1 } ?? []
        }
    }

    private static func text(_ value: JSONValue) -> String {
        value.stringValue ?? JSONWriter.string(value, style: .compact)
    }
}
