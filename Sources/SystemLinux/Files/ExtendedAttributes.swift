import CLinux
import Glibc

/// Extended attributes of a path; a symbolic link itself is meant, never its target. Calls block.
public enum ExtendedAttributes {
    /// The names set on `path`; empty on file systems without attributes.
    public static func names(_ path: String) throws(LinuxError) -> [String] {
        let bytes: [UInt8]
        do {
            bytes = try sized("listxattr", path) { buffer, size in
                skiff_llistxattr(path, buffer?.assumingMemoryBound(to: CChar.self), size)
            }
        } catch  where error.errno == .notSupported {
            return []
        }
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The value of one attribute, or nil when it is not set.
    public static func value(_ path: String, _ name: String) throws(LinuxError) -> [UInt8]? {
        do {
            return try sized("getxattr", path) { buffer, size in skiff_lgetxattr(path, name, buffer, size) }
        } catch  where error.errno == .noData || error.errno == .notSupported {
            return nil
        }
    }

    /// Sets one attribute.
    public static func set(_ path: String, _ name: String, _ value: [UInt8]) throws(LinuxError) {
        _ = try outcome(skiff_lsetxattr(path, name, value, value.count, 0)).orThrow("setxattr \(name)", path)
    }

    /// Asks for the size, then for the bytes; again when they grew in between.
    static func sized(
        _ call: String, _ path: String, _ read: (UnsafeMutableRawPointer?, Int) -> Int64
    ) throws(LinuxError) -> [UInt8] {
        while true {
            let size = Int(try outcome(read(nil, 0)).orThrow(call, path))
            if size == 0 { return [] }
            var failure: Errno?
            let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
                switch outcome(read(UnsafeMutableRawPointer(buffer.baseAddress), size)) {
                case .success(let count): filled = Int(count)
                case .failure(let errno): (filled, failure) = (0, errno)
                }
            }
            switch failure {
            case nil: return bytes
            case .outOfRange?: continue
            case let errno?: throw LinuxError(call, path, errno)
            }
        }
    }
}
