import CLinux
import Glibc

/// Work that changes its thread for good (namespaces), done on a thread that ends with it.
public enum DedicatedThread {
    /// Runs `body` on a new thread and waits for it. Blocks the caller: not for the cooperative pool.
    public static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        let job = Job(body)
        var thread = pthread_t()
        let box = Unmanaged.passRetained(job as AnyJob)
        let failed = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<AnyJob>.fromOpaque(argument).takeRetainedValue().perform()
                return nil
            }, box.toOpaque())
        if failed != 0 {
            box.release()
            throw LinuxError("pthread_create", "", Errno(failed))
        }
        pthread_join(thread, nil)
        guard let result = job.result else { throw LinuxError("pthread_join", "", .noProcess) }
        return try result.get()
    }

    /// Starts a thread that lives until `body` returns; nobody waits for it.
    public static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(LinuxError) {
        let job = Job<Void> {
            // Linux keeps 15 bytes of a thread name.
            _ = skiff_set_name(String(name.prefix(15)))
            body()
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(job as AnyJob)
        let failed = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<AnyJob>.fromOpaque(argument).takeRetainedValue().perform()
                return nil
            }, box.toOpaque())
        if failed != 0 {
            box.release()
            throw LinuxError("pthread_create", name, Errno(failed))
        }
        pthread_detach(thread)
    }

    private class AnyJob {
        func perform() {}
    }

    /// The result is written by the thread and read after `pthread_join`, which orders the two.
    private final class Job<Value>: AnyJob {
        private let body: () throws -> Value
        private(set) var result: Result<Value, any Error>?

        init(_ body: @escaping () throws -> Value) {
            self.body = body
        }

        override func perform() {
            result = Result { try body() }
        }
    }
}
