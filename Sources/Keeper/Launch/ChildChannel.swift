import CLinux
import SystemLinux

/// What a child tells its keeper before execve, which itself closes the channel.
enum ChildReport: Sendable, Hashable {
    case failed(step: String, message: String, errno: Int32)
    /// The pseudo terminal's master rides along.
    case terminal
    /// Everything is set up; the program waits for `start`.
    case ready
    /// Only the filter and execve remain: a channel that closes after this word means success.
    case executing

    func encoded() -> [UInt8] {
        var writer = BinaryWriter()
        switch self {
        case .failed(let step, let message, let errno):
            writer.put(UInt8(1))
            writer.put(step)
            writer.put(String(message.prefix(4096)))
            writer.put(errno)
        case .terminal: writer.put(UInt8(2))
        case .ready: writer.put(UInt8(3))
        case .executing: writer.put(UInt8(4))
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws(KeeperError) -> ChildReport {
        var reader = BinaryReader(bytes)
        switch try reader.number(UInt8.self) {
        case 1: return .failed(step: try reader.text(), message: try reader.text(), errno: try reader.number())
        case 2: return .terminal
        case 3: return .ready
        case 4: return .executing
        default: throw BinaryReader.malformed
        }
    }

    static let sizeLimit = 8 * 1024
}

/// The child's end of the channel; blocking.
struct ChildChannel {
    let socket: OwnedFD

    /// Waits until the keeper has put this process into its control groups and written its id maps.
    func waitForKeeper() throws(LinuxError) {
        let word = try UnixSocket.receive(on: socket, room: 16)
        // The keeper is gone: nobody would ever look after this process.
        if word == nil { skiff_exit_now(Self.orphanedCode) }
    }

    func waitForStart() throws(LinuxError) {
        try UnixSocket.send(ChildReport.ready.encoded(), on: socket)
        try waitForKeeper()
    }

    func announceExecution() throws(LinuxError) {
        try UnixSocket.send(ChildReport.executing.encoded(), on: socket)
    }

    func hand(terminal: OwnedFD) throws(LinuxError) {
        try UnixSocket.send(ChildReport.terminal.encoded(), descriptors: [terminal.raw], on: socket)
    }

    func fail(_ failure: StepFailure) -> Never {
        let report = ChildReport.failed(
            step: failure.step.rawValue, message: failure.message, errno: failure.errno.rawValue
        )
        // When this cannot be sent the keeper sees the exit code and says so.
        try? UnixSocket.send(report.encoded(), on: socket)
        skiff_exit_now(Self.failedCode)
    }

    static let failedCode: Int32 = 125
    static let orphanedCode: Int32 = 124
}
