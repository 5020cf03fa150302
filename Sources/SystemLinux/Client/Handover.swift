import Glibc

/// One value, handed from a task to a thread that waits for it.
///
/// `@unchecked Sendable` holds because `value` is touched only between `pthread_mutex_lock` and
/// `pthread_mutex_unlock` of `mutex`, whose storage lives as long as the object.
public final class Handover<Value: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrival = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Result<Value, any Error>?

    /// Nothing is handed over yet.
    public init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrival, nil)
    }

    deinit {
        pthread_cond_destroy(arrival)
        pthread_mutex_destroy(mutex)
        arrival.deallocate()
        mutex.deallocate()
    }

    /// Hands the outcome over; the first one counts. Does not wait.
    public func put(_ outcome: Result<Value, any Error>) {
        pthread_mutex_lock(mutex)
        if value == nil { value = outcome }
        pthread_cond_signal(arrival)
        pthread_mutex_unlock(mutex)
    }

    /// Waits for the outcome. Blocks the calling thread, so it must not be one of the cooperative pool.
    public func take() -> Result<Value, any Error> {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let value { return value }
            pthread_cond_wait(arrival, mutex)
        }
    }
}
