import CNFTables
import Document
import SystemLinux

/// The only writer of packet rules: one libnftables context, used by one thread at a time.
///
/// The context stays in the network namespace it was opened in. Calls suspend while the kernel works; the transactions
/// of several callers are applied one after the other.
public final class PacketRules: Sendable {
    /// How many calls may wait for the context; one more is refused.
    public static let waitingLimit = 1024

    private let context: RuleContext
    private let thread: BlockingPool

    private init(context: RuleContext, thread: BlockingPool) {
        self.context = context
        self.thread = thread
    }

    /// Opens a context in the caller's network namespace, or in `namespace`, and proves by a table that is made and
    /// deleted at once that the kernel can do all that Skiff's rules ask for. Throws code `unavailable` otherwise.
    public static func open(in namespace: OwnedFD? = nil) async throws(NFTablesError) -> PacketRules {
        let thread = BlockingPool(threadLimit: 1, waitingLimit: waitingLimit)
        do {
            let context = try await thread.run {
                guard let namespace else { return try RuleContext() }
                return try DedicatedThread.run {
                    try Namespaces.enter(namespace.raw, .network)
                    return try RuleContext()
                }
            }
            let rules = PacketRules(context: context, thread: thread)
            try await rules.apply(CapabilityProbe.transaction)
            return rules
        } catch {
            throw NFTablesError(
                .unavailable,
                "the kernel's nf_tables cannot be used: enable nf_tables, nft_nat, nft_numgen, nft_masq and nft_reject",
                cause: error
            )
        }
    }

    /// Applies all of a transaction or nothing of it. Throws code `refused` with the library's words.
    public func apply(_ transaction: Transaction) async throws(NFTablesError) {
        guard !transaction.isEmpty else { return }
        _ = try await run(transaction.rendered, json: false)
    }

    /// One table in the language of nft(8), for tests and diagnosis; nil when there is no such table.
    public func list(_ table: Table) async throws(NFTablesError) -> String? {
        guard try await tables().contains(table.name.description) else { return nil }
        return try await run("list table \(table.rendered)\n", json: false)
    }

    /// The names of all tables of the `ip` family.
    public func tables() async throws(NFTablesError) -> [String] {
        try await run("list tables ip\n", json: false).split(separator: "\n").compactMap { line in
            line.split(separator: " ").last.map(String.init)
        }
    }

    /// Makes `transaction` also delete `table` first when it is there, so that a table is always made anew.
    public func replacing(_ table: Table, with transaction: Transaction) -> Transaction {
        // Adding keeps an existing table, so the deletion always finds one.
        var whole = Transaction([.addTable(table), .deleteTable(table)])
        whole.append(contentsOf: transaction.commands)
        return whole
    }

    /// Deletes a table if it is there.
    public func remove(_ table: Table) async throws(NFTablesError) {
        try await apply(Transaction([.addTable(table), .deleteTable(table)]))
    }

    /// All base chains at the forward and input hooks that belong to somebody else, with their rules.
    public func foreignChains() async throws(NFTablesError) -> [ForeignChain.State] {
        let text = try await run("list ruleset\n", json: true)
        do {
            return ForeignChain.states(inRuleset: try JSONReader.parse(text))
        } catch {
            throw NFTablesError(.malformedReply, "the list of packet rules is not readable", cause: error)
        }
    }

    private func run(_ text: String, json: Bool) async throws(NFTablesError) -> String {
        do {
            return try await thread.run { [context] in try context.run(text, json: json) }
        } catch let error as NFTablesError {
            throw error
        } catch {
            throw NFTablesError(.unavailable, "the thread of the packet rules takes no more work", cause: error)
        }
    }
}

/// The library's context.
///
/// `@unchecked Sendable` holds because only `PacketRules` has a reference and uses it on a pool of exactly one thread,
/// which orders all accesses; the last reference, and with it `deinit`, comes after the last use.
private final class RuleContext: @unchecked Sendable {
    private let context: OpaquePointer

    init() throws(NFTablesError) {
        guard let context = nft_ctx_new(UInt32(NFT_CTX_DEFAULT)) else {
            throw NFTablesError(.unavailable, "libnftables cannot be initialised")
        }
        self.context = context
        guard nft_ctx_buffer_output(context) == 0, nft_ctx_buffer_error(context) == 0 else {
            nft_ctx_free(context)
            throw NFTablesError(.unavailable, "libnftables cannot buffer its output")
        }
    }

    deinit { nft_ctx_free(context) }

    func run(_ text: String, json: Bool) throws(NFTablesError) -> String {
        nft_ctx_output_set_flags(context, json ? UInt32(NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_HANDLE) : 0)
        let status = nft_run_cmd_from_buffer(context, text)
        let output = nft_ctx_get_output_buffer(context).map { String(cString: $0) } ?? ""
        let complaint = nft_ctx_get_error_buffer(context).map { String(cString: $0) } ?? ""
        guard status == 0 else {
            // Every error is followed by the command and a line of carets; the first lines say it all.
            let words = complaint.split(separator: "\n").prefix(2).joined(separator: ": ")
            throw NFTablesError(.refused, "the kernel refused a change of the packet rules: \(words)")
        }
        return output
    }
}

/// A transaction that uses everything Skiff's tables need and leaves nothing.
private enum CapabilityProbe {
    static let transaction: Transaction = {
        let table = Table("skiff-probe")
        let key = Expression.concatenation([
            .destinationAddress, .layer4Protocol, .destinationPort, .randomNumber(modulus: 2),
        ])
        return Transaction([
            .addTable(table),
            .addMap(table, MapDeclaration("targets", key: key, value: .addressAndPort)),
            .addChain(table, Chain("to-target", hook: Hook(.nat, .prerouting, priority: -100))),
            .addRule(table, chain: "to-target", Rule(.rewriteDestination(byLooking: key, in: "targets"))),
            .addChain(table, Chain("from-target", hook: Hook(.nat, .postrouting, priority: 100))),
            .addRule(table, chain: "from-target", Rule(.destinationWasRewritten, .masquerade)),
            .addChain(table, Chain("refusal", hook: Hook(.filter, .forward, priority: 0))),
            .addRule(table, chain: "refusal", Rule(.rejectWithReset)),
            .deleteTable(table),
        ])
    }()
}
