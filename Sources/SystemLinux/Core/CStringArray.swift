import Glibc

/// A null-terminated array of C strings, as execve(2) takes it.
public struct CStringArray: ~Copyable {
    private let pointers: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>

    /// Copies the texts.
    public init(_ texts: [String]) {
        pointers = .allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() {
            pointers.initializeElement(at: index, to: text.withCString { strdup($0) })
        }
        pointers.initializeElement(at: texts.count, to: nil)
    }

    deinit {
        for pointer in pointers { free(pointer) }
        pointers.deallocate()
    }

    /// Lends the array for the time of the call.
    public func withPointers<Value, Failure: Error>(
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // The buffer always has at least the terminating null, so it has an address.
        guard let base = pointers.baseAddress else { preconditionFailure("allocated buffer without address") }
        return try body(UnsafePointer(base))
    }
}
