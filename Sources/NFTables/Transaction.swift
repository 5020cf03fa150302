/// Changes to the packet rules that the kernel applies all together or not at all.
///
/// A value: making one touches nothing. `PacketRules.apply` carries it out.
public struct Transaction: Sendable, Hashable {
    /// One change.
    public enum Command: Sendable, Hashable {
        /// Makes a table; an existing one is kept.
        case addTable(Table)
        /// Deletes a table with all it holds; a missing one is an error.
        case deleteTable(Table)
        /// Makes a chain; an existing equal one is kept.
        case addChain(Table, Chain)
        /// Makes a map; an existing equal one is kept.
        case addMap(Table, MapDeclaration)
        /// Makes a set; an existing equal one is kept.
        case addSet(Table, SetDeclaration)
        /// Appends a rule to a chain.
        case addRule(Table, chain: Identifier, Rule)
        /// Adds elements to a set or map; equal ones that are there are kept.
        case addElements(Table, Identifier, [Element])
        /// Deletes elements of a set or map by their keys; a missing one is an error.
        case deleteElements(Table, Identifier, [Value])
        /// Puts an accept rule with a comment at the head of a chain that belongs to somebody else.
        case insertForeignAccept(ForeignChain, [Statement], comment: Identifier)
        /// Deletes one rule of a foreign chain by the handle the kernel gave it.
        case deleteForeignRule(ForeignChain, handle: UInt64)
    }

    /// The changes, in the order they are applied.
    public private(set) var commands: [Command]

    /// A transaction of these changes.
    public init(_ commands: [Command] = []) { self.commands = commands }

    /// Appends one change.
    public mutating func append(_ command: Command) { commands.append(command) }

    /// Appends changes.
    public mutating func append(contentsOf more: some Sequence<Command>) { commands.append(contentsOf: more) }

    /// Appends an element change unless it is empty.
    public mutating func add(_ elements: [Element], to set: Identifier, of table: Table) {
        if !elements.isEmpty { commands.append(.addElements(table, set, elements)) }
    }

    /// Appends an element change unless it is empty.
    public mutating func delete(_ keys: [Value], from set: Identifier, of table: Table) {
        if !keys.isEmpty { commands.append(.deleteElements(table, set, keys)) }
    }

    /// Whether there is nothing to do.
    public var isEmpty: Bool { commands.isEmpty }

    /// The transaction in the language of nft(8), one command on each line.
    public var rendered: String {
        var text = ""
        for command in commands { text += Self.line(for: command) + "\n" }
        return text
    }

    private static func line(for command: Command) -> String {
        switch command {
        case .addTable(let table): "add table \(table.rendered)"
        case .deleteTable(let table): "delete table \(table.rendered)"
        case .addChain(let table, let chain): "add chain \(table.rendered) \(chain.rendered)"
        case .addMap(let table, let map): "add map \(table.rendered) \(map.rendered)"
        case .addSet(let table, let set): "add set \(table.rendered) \(set.rendered)"
        case .addRule(let table, let chain, let rule): "add rule \(table.rendered) \(chain) \(rule.rendered)"
        case .addElements(let table, let set, let elements):
            "add element \(table.rendered) \(set) { \(elements.map(\.rendered).joined(separator: ", ")) }"
        case .deleteElements(let table, let set, let keys):
            "delete element \(table.rendered) \(set) { \(keys.map(\.rendered).joined(separator: ", ")) }"
        case .insertForeignAccept(let chain, let statements, let comment):
            "insert rule \(chain.rendered) \(statements.map(\.rendered).joined(separator: " ")) accept"
                + " comment \"\(comment)\""
        case .deleteForeignRule(let chain, let handle): "delete rule \(chain.rendered) handle \(handle)"
        }
    }
}
