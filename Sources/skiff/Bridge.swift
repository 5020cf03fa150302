import SystemLinux

/// Lets a synchronous verb wait for concurrent work. The main thread is no thread of the cooperative pool, so it may.
enum Bridge {
    /// Runs `body` in a task and blocks until it ends. Throws what the body throws.
    static func wait<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let outcome = Handover<Value>()
        Task { outcome.put(await Result { try await body() }) }
        return try outcome.take().get()
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
