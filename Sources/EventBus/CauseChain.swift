/// The way from an outside request to an event, one link after the other.
public struct CauseChain: Sendable, Hashable {
    /// How far back a chain is followed.
    public static let lengthMax = 64

    /// The request it all began with; nil when the beginning is not kept any more or lies inside.
    public let request: String?
    /// The events, oldest first; the last one is what was asked for.
    public let links: [JournalEntry]

    /// Follows the causes of `entry` with `lookup` until a request, a beginning, a gap or the limit.
    public static func following(
        _ entry: JournalEntry,
        lookup: (EventID) async throws -> JournalEntry?
    ) async rethrows -> CauseChain {
        var links = [entry]
        var current = entry
        while links.count < lengthMax {
            switch current.cause {
            case .request(let text): return CauseChain(request: text, links: links.reversed())
            case nil: return CauseChain(request: nil, links: links.reversed())
            case .event(let id):
                // A cause is always older; anything else would be a corrupt file and could loop.
                guard id < current.id, let earlier = try await lookup(id) else {
                    return CauseChain(request: nil, links: links.reversed())
                }
                links.append(earlier)
                current = earlier
            }
        }
        return CauseChain(request: nil, links: links.reversed())
    }
}
