import Glibc

/// Threads for calls that block, so that none runs on Swift's cooperative pool.
///
/// Threads start on demand up to `threadLimit` and end after 10 idle seconds. When all are busy, up to
/// `waitingLimit` jobs wait in order; one more is refused at once with `LinuxError.Code.limit`.
public final class BlockingPool: Sendable {
    /// The pool of the process: 64 threads, 4,096 waiting jobs.
    public static let shared = BlockingPool(threadLimit: 64, waitingLimit: 4096)

    private let queue: JobQueue

    /// Makes a pool of its own, for calls that may block for minutes and must not starve others.
    public init(threadLimit: Int, waitingLimit: Int) {
        queue = JobQueue(threadLimit: threadLimit, waitingLimit: waitingLimit)
    }

    /// Runs `body` on a thread of the pool and suspends the caller. A started body is never interrupted;
    /// cancellation is the body's own business. Throws what the body throws, or `limit` when the pool is full.
    public func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = queue.add { continuation.resume(with: Result { try body() }) }
            if !accepted {
                continuation.resume(
                    throwing: LinuxError(
                        code: .limit, call: "blocking pool", argument: "",
                        detail: "\(queue.waitingLimit) jobs are waiting already; try again when the disk is less busy"
                    )
                )
            }
        }
    }

    /// Runs `body` later on a thread of the pool; false when the pool is full.
    public func submit(_ body: @escaping @Sendable () -> Void) -> Bool {
        queue.add(body)
    }
}

/// The jobs and the threads' bookkeeping behind one lock.
///
/// `@unchecked Sendable` holds because every mutable field is touched only between `pthread_mutex_lock` and
/// `pthread_mutex_unlock` of `mutex`, whose storage lives as long as the object; threads keep the object alive.
private final class JobQueue: @unchecked Sendable {
    private static let idleSeconds = 10

    let threadLimit: Int
    let waitingLimit: Int
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [(@Sendable () -> Void)?] = []
    private var head = 0
    private var threads = 0
    private var idle = 0

    init(threadLimit: Int, waitingLimit: Int) {
        self.threadLimit = threadLimit
        self.waitingLimit = waitingLimit
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
    }

    deinit {
        pthread_cond_destroy(wake)
        pthread_mutex_destroy(mutex)
        wake.deallocate()
        mutex.deallocate()
    }

    func add(_ job: @escaping @Sendable () -> Void) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let waiting = jobs.count - head
        if waiting >= waitingLimit { return false }
        jobs.append(job)
        if waiting < idle {
            pthread_cond_signal(wake)
        } else if threads < threadLimit {
            // A failed start is harmless as long as one thread lives to take the job.
            if start() { threads += 1 } else if threads == 0 { jobs.removeLast(); return false }
        }
        return true
    }

    private func start() -> Bool {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        let failed = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<JobQueue>.fromOpaque(argument).takeRetainedValue().work()
                return nil
            }, box.toOpaque())
        if failed != 0 { box.release(); return false }
        pthread_detach(thread)
        return true
    }

    private func work() {
        while let job = next() { job() }
    }

    /// The next job, or nil when the thread was idle long enough to end.
    private func next() -> (@Sendable () -> Void)? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_sec += Self.idleSeconds
        while head == jobs.count {
            idle += 1
            let outcome = pthread_cond_timedwait(wake, mutex, &deadline)
            idle -= 1
            if outcome == ETIMEDOUT && head == jobs.count {
                threads -= 1
                return nil
            }
        }
        let job = jobs[head]
        jobs[head] = nil
        head += 1
        if head == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            head = 0
        }
        return job
    }
}
