import Archive
import SystemLinux

/// Archives that ADD extracts, and contexts that come as archives. Blocks.
enum ArchiveExtraction {
    /// A tar header's length; the checksum in it tells a tar from anything else.
    private static let headerBytes = 512

    /// Whether the file's content is a tar, compressed or not; the name does not matter.
    static func isArchive(_ path: String) throws(BuilderError) -> Bool {
        let file = try HostFile.wrapped { () throws(LinuxError) in try File.open(path, [.read, .noFollow]) }
        // A file that cannot be decompressed is no archive, so it is copied as it is.
        guard let stream = try? Decompressor(FileSource(file)) else { return false }
        var header = [UInt8](repeating: 0, count: headerBytes)
        var filled = 0
        while filled < headerBytes {
            let count = header.withUnsafeMutableBytes { buffer -> Int in
                (try? stream.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))) ?? 0
            }
            if count == 0 { return false }
            filled += count
        }
        return isTarHeader(header)
    }

    /// Whether the checksum of a header (POSIX ustar, offset 148) is right.
    static func isTarHeader(_ header: [UInt8]) -> Bool {
        guard header.count == headerBytes, header[0] != 0 else { return false }
        let field = header[148..<156].drop { $0 == Byte.space }.prefix { (0x30...0x37).contains($0) }
        guard let wanted = Int(String(decoding: field, as: UTF8.self), radix: 8) else { return false }
        let sum = header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        return sum == wanted
    }

    /// Unpacks the archive `path` into the empty directory `target`; nothing outside can be reached.
    static func unpack(_ path: String, into target: String, limits: UnpackLimits = .layer) throws(BuilderError) {
        do {
            let source = FileSource(try File.open(path, [.read, .noFollow]))
            let unpacker = TreeUnpacker(into: try TreeDirectory(path: target), form: .plain, limits: limits)
            _ = try unpacker.unpack(Decompressor(source))
        } catch {
            throw BuilderError(.context, "\(PathText.lastComponent(path)) cannot be unpacked: \(error)", cause: error)
        }
    }
}
