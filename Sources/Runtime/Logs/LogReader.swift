import SystemLinux

/// Reads the files of one log: the rotated ones, oldest first, then the current one, and on as it grows. Calls block.
///
/// The current file is held open, so a rotation between two reads loses nothing: the rest of the old file is read
/// before the new one is opened.
final class LogReader {
    /// Bytes read at once.
    static let pieceBytes = 256 * 1024
    /// A line longer than this is dropped; the keeper writes at most 16 KiB of text per line.
    static let lineMaxBytes = 1024 * 1024
    /// The most records kept for `tail`.
    static let tailMax = 100_000

    private let path: String
    private let query: LogQuery
    private var rotated: [String]
    private var current: OwnedFD?
    private var inode: UInt64 = 0
    private var rest: [UInt8] = []

    init(path: String, query: LogQuery) {
        self.path = path
        self.query = query
        // `path.N` is the oldest.
        var files: [String] = []
        while File.exists("\(path).\(files.count + 1)") { files.append("\(path).\(files.count + 1)") }
        rotated = files.reversed()
    }

    /// The first answer: everything there is, or its end when the query has a tail.
    func readExisting() throws(LinuxError) -> [LogRecord] {
        var out: [LogRecord] = []
        while let more = try readMore() {
            out += more
            if let tail = query.tail, out.count > 2 * min(tail, Self.tailMax) {
                out.removeFirst(out.count - min(tail, Self.tailMax))
            }
            // A log without tail is handed on in pieces by `readMore`.
            if query.tail == nil { return out }
        }
        guard let tail = query.tail else { return out }
        return Array(out.suffix(min(tail, Self.tailMax)))
    }

    /// The next records; nil when there are none now. An empty list means that there was something unwanted.
    func readMore() throws(LinuxError) -> [LogRecord]? {
        while true {
            if current == nil, try !openNext() { return nil }
            guard let file = current else { return nil }
            let bytes = try file.read(upTo: Self.pieceBytes)
            if !bytes.isEmpty { return split(bytes) }
            guard try hasSuccessor() else { return nil }
            current = nil
        }
    }

    private func openNext() throws(LinuxError) -> Bool {
        let next = rotated.isEmpty ? path : rotated.removeFirst()
        do {
            let file = try File.open(next)
            inode = try file.status().inode
            current = file
            rest = []
            return true
        } catch  where error.code == .notFound {
            // Rotated away since it was listed, or not written yet.
            return rotated.isEmpty ? false : try openNext()
        }
    }

    /// Whether another file follows the one that is at its end.
    private func hasSuccessor() throws(LinuxError) -> Bool {
        if !rotated.isEmpty { return true }
        guard let now = try? File.status(path) else { return false }
        return now.inode != inode
    }

    private func split(_ bytes: [UInt8]) -> [LogRecord] {
        var out: [LogRecord] = []
        rest += bytes
        var start = rest.startIndex
        while let end = rest[start...].firstIndex(of: 10) {
            if let record = LogRecord(line: rest[start..<end]), query.wants(record) { out.append(record) }
            start = end + 1
        }
        rest.removeFirst(start)
        if rest.count > Self.lineMaxBytes { rest = [] }
        return out
    }
}
