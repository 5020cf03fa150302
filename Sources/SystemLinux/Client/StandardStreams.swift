import CLinux
import Glibc

/// The three streams every process is given. Writes block until all is written.
public enum StandardStream: Int32, Sendable {
    /// Standard input.
    case input = 0
    /// Standard output.
    case output = 1
    /// Standard error.
    case error = 2

    /// Writes every byte; false when the reader is gone.
    @discardableResult
    public func write(_ bytes: some Collection<UInt8>) -> Bool {
        let whole: Bool? = bytes.withContiguousStorageIfAvailable { buffer in
            var done = 0
            while done < buffer.count {
                guard
                    case .success(let count) = retrying({
                        skiff_write(rawValue, buffer.baseAddress?.advanced(by: done), buffer.count - done)
                    }), count > 0
                else { return false }
                done += Int(count)
            }
            return true
        }
        if let whole { return whole }
        return write(Array(bytes))
    }

    /// Writes the text as UTF-8; false when the reader is gone.
    @discardableResult
    public func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// Reads what is there, at most `limit` bytes; empty at the end.
    public func read(upTo limit: Int) throws(LinuxError) -> [UInt8] {
        var failure: Errno?
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
            switch retrying({ skiff_read(rawValue, buffer.baseAddress, limit) }) {
            case .success(let count): filled = Int(count)
            case .failure(let errno): (filled, failure) = (0, errno)
            }
        }
        if let failure { throw LinuxError("read", "standard stream \(rawValue)", failure) }
        return bytes
    }
}

/// The process's environment variables.
public enum ProcessEnvironment {
    /// The value of a variable, nil when it is not set.
    public static func value(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
