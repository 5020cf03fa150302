import SystemLinux

/// The mounts below a cluster's directories.
struct ClusterMounts {
    /// Rounds of unmounting before what is left is reported.
    static let roundsMax = 5

    let paths: PlatformPaths

    init(_ paths: PlatformPaths) {
        self.paths = paths
    }

    /// Mount points below the cluster's directories in `mountinfo` text, the newest first. Pure.
    static func targets(in mountinfo: String, below directories: [String]) -> [String] {
        let points = mountinfo.split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(separator: " ")
            guard fields.count > 4 else { return nil }
            return unescape(String(fields[4]))
        }
        return points.filter { point in directories.contains { point == $0 || point.hasPrefix($0 + "/") } }.reversed()
    }

    /// Undoes the octal escapes of proc(5).
    static func unescape(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            let digits = rest.dropFirst().prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(4)
            } else {
                bytes.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Detaches them all. Blocks.
    /// - Throws: `leftBehind` naming a mount that stays.
    func unmount() throws -> [String] {
        var removed: [String] = []
        for _ in 0..<Self.roundsMax {
            let text = try File.readText("/proc/self/mountinfo")
            let targets = Self.targets(in: text, below: [paths.state, paths.run])
            if targets.isEmpty { return removed }
            for target in targets {
                try Mount.unmount(target)
                removed.append("mount \(target)")
            }
        }
        throw PlatformError(
            .leftBehind, "mounts below \(paths.state) or \(paths.run) come back; is somebody using them?")
    }
}
