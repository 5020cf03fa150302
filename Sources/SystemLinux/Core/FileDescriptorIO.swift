import CLinux
import Glibc

extension OwnedFD {
    /// Reads at most `count` bytes; empty at the end. Blocks unless the descriptor is non-blocking.
    public func read(upTo count: Int) throws(LinuxError) -> [UInt8] {
        var failure: Errno?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            switch retrying({ skiff_read(raw, buffer.baseAddress, count) }) {
            case .success(let received): filled = Int(received)
            case .failure(let errno): (filled, failure) = (0, errno)
            }
        }
        if let failure { throw LinuxError("read", description, failure) }
        return bytes
    }

    /// Reads to the end of the file. More than `limit` bytes is an error. Blocks.
    public func readToEnd(limit: Int = File.defaultReadLimit) throws(LinuxError) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let part = try read(upTo: min(64 * 1024, limit - all.count + 1))
            if part.isEmpty { return all }
            if all.isEmpty { all = part } else { all.append(contentsOf: part) }
            if all.count > limit {
                throw LinuxError(
                    code: .limit, call: "read", argument: description, detail: "is larger than \(limit) bytes"
                )
            }
        }
    }

    /// Reads at most `count` bytes at an offset; empty at the end. Blocks.
    public func read(at offset: Int64, upTo count: Int) throws(LinuxError) -> [UInt8] {
        var failure: Errno?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            switch retrying({ skiff_pread(raw, buffer.baseAddress, count, offset) }) {
            case .success(let received): filled = Int(received)
            case .failure(let errno): (filled, failure) = (0, errno)
            }
        }
        if let failure { throw LinuxError("pread", description, failure) }
        return bytes
    }

    /// Writes every byte. Blocks; on a non-blocking descriptor a full pipe is EAGAIN.
    public func write(_ bytes: some Sequence<UInt8>) throws(LinuxError) {
        if let result = bytes.withContiguousStorageIfAvailable({ writeAll(UnsafeRawBufferPointer($0)) }) {
            return try result.orThrow("write", description)
        }
        try Array(bytes).withUnsafeBytes { writeAll($0) }.orThrow("write", description)
    }

    /// Writes the text as UTF-8. Blocks.
    public func write(_ text: String) throws(LinuxError) {
        try write(Array(text.utf8))
    }

    /// Writes every byte of `buffer`; the error number of the first failing call.
    public func writeAll(_ buffer: UnsafeRawBufferPointer) -> Result<Void, Errno> {
        var done = 0
        while done < buffer.count {
            switch retrying({ skiff_write(raw, buffer.baseAddress?.advanced(by: done), buffer.count - done) }) {
            case .success(let written): done += Int(written)
            case .failure(let errno): return .failure(errno)
            }
        }
        return .success(())
    }

    /// Makes data and metadata durable. Blocks for the disk.
    public func sync() throws(LinuxError) {
        _ = try retrying { skiff_fsync(raw) }.orThrow("fsync", description)
    }

    /// Cuts or extends the file.
    public func truncate(to length: Int64) throws(LinuxError) {
        _ = try retrying { skiff_ftruncate(raw, length) }.orThrow("ftruncate", description)
    }

    /// Type, mode, owner, size and times of the open file.
    public func status() throws(LinuxError) -> FileStatus {
        var raw = stat()
        _ = try outcome(skiff_fstat(self.raw, &raw)).orThrow("fstat", description)
        return FileStatus(raw)
    }

    /// The file system the open file lives on.
    public func filesystem() throws(LinuxError) -> FilesystemStatus {
        var raw = skiff_filesystem()
        _ = try outcome(skiff_fstatfs(self.raw, &raw)).orThrow("fstatfs", description)
        return FilesystemStatus(raw)
    }
}

extension OwnedFD {
    /// How many bytes can be read without waiting (FIONREAD).
    public func bytesWaiting() throws(LinuxError) -> Int {
        Int(try outcome(skiff_bytes_waiting(raw)).orThrow("FIONREAD", description))
    }
}
