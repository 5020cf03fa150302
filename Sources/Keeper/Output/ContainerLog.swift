import CLinux
import SystemLinux

/// A container's log file: lines as they come, rotated by size, never in the way of the container. When the disk
/// refuses a write the lines are dropped and counted, and the file stays well-formed.
final class ContainerLog {
    /// Longer lines are split, as Docker does: 16 KiB.
    static let lineLimit = 16 * 1024

    let plan: LogPlan
    private(set) var droppedBytes: UInt64
    private var file: OwnedFD
    private var size: Int64
    private var partial: [LogStream: [UInt8]] = [:]
    private var batch: [UInt8] = []

    /// Opens the file for appending, making it when missing; its directory must exist.
    init(_ plan: LogPlan, droppedBytes: UInt64 = 0) throws(LinuxError) {
        self.plan = plan
        self.droppedBytes = droppedBytes
        file = try Self.open(plan.path)
        size = try file.status().sizeBytes
    }

    private static func open(_ path: String) throws(LinuxError) -> OwnedFD {
        try File.open(path, [.write, .create, .append], mode: 0o640)
    }

    /// Logs what a stream gave: complete lines at once, the rest when its end comes.
    func append(_ bytes: ArraySlice<UInt8>, from stream: LogStream) {
        let time = WallClock.rfc3339(WallClock.nanoseconds)
        var rest = bytes
        if var held = partial.removeValue(forKey: stream) {
            held.append(contentsOf: bytes)
            rest = held[...]
        }
        while let newline = rest.firstIndex(of: 0x0a) {
            add(rest[rest.startIndex...newline], stream, time)
            rest = rest[(newline + 1)...]
        }
        while rest.count >= Self.lineLimit {
            let cut = Self.splitPoint(rest)
            add(rest[rest.startIndex..<cut], stream, time)
            rest = rest[cut...]
        }
        if !rest.isEmpty { partial[stream] = Array(rest) }
        flush()
    }

    /// Logs what is left without a newline: the stream ended.
    func finish(_ stream: LogStream) {
        guard let rest = partial.removeValue(forKey: stream) else { return }
        add(rest[...], stream, WallClock.rfc3339(WallClock.nanoseconds))
        flush()
    }

    /// Unfinished lines, to carry over into another program image.
    var unfinished: [(LogStream, [UInt8])] {
        get { partial.map { ($0.key, $0.value) } }
        set { partial = Dictionary(newValue) { first, _ in first } }
    }

    /// A line of full length ends before a character that would be cut in two.
    private static func splitPoint(_ text: ArraySlice<UInt8>) -> Int {
        let end = text.startIndex + lineLimit
        if end == text.endIndex { return end }
        for back in 0..<3 where text[end - back] & 0xc0 != 0x80 { return end - back }
        return end
    }

    private func add(_ line: ArraySlice<UInt8>, _ stream: LogStream, _ time: [UInt8]) {
        var rest = line
        while rest.count > Self.lineLimit {
            let cut = Self.splitPoint(rest)
            LogLine.append(rest[rest.startIndex..<cut], stream: stream, time: time, to: &batch)
            rest = rest[cut...]
        }
        LogLine.append(rest, stream: stream, time: time, to: &batch)
        if plan.maxSizeBytes > 0, size + Int64(batch.count) >= plan.maxSizeBytes {
            flush()
            rotate()
        }
    }

    private func flush() {
        if batch.isEmpty { return }
        let result = batch.withUnsafeBytes { file.writeAll($0) }
        if case .success = result {
            size += Int64(batch.count)
        } else {
            // Half a line would spoil the file for its readers: cut back to the last whole one.
            droppedBytes += UInt64(batch.count)
            _ = skiff_ftruncate(file.raw, size)
        }
        batch.removeAll(keepingCapacity: batch.capacity <= 64 * 1024)
    }

    /// `log` becomes `log.1`, that becomes `log.2` …; the oldest goes.
    private func rotate() {
        do {
            if plan.maxFiles > 1 {
                for number in stride(from: plan.maxFiles - 1, through: 1, by: -1) {
                    let older = number == 1 ? plan.path : "\(plan.path).\(number - 1)"
                    if File.exists(older) { try File.rename(older, to: "\(plan.path).\(number)") }
                }
            } else {
                try File.remove(plan.path, ifExists: true)
            }
            file = try Self.open(plan.path)
            size = 0
        } catch {
            // The old file stays open and grows; the next line tries again.
            KeeperJournal.note("log \(plan.path) cannot be rotated: \(error)")
        }
    }
}
