import Synchronization

/// Counts bytes up to a limit. Safe to use from any task.
final class ByteCounter: Sendable {
    private let limit: Int64
    private let total = Atomic<Int64>(0)

    init(limit: Int64) { self.limit = limit }

    /// Counts more bytes.
    ///
    /// - Throws: `BuilderError` `.limit` when the limit is passed.
    func add(_ count: Int64) throws(BuilderError) {
        let sum = total.add(count, ordering: .relaxed).newValue
        guard sum <= limit else {
            throw BuilderError(
                .limit,
                "the build context is larger than \(limit >> 30) GiB: exclude what the build does not need in .dockerignore"
            )
        }
    }
}
