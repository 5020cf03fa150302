import CLinux
import Glibc
import Synchronization

/// A route netlink socket: it stays in the network namespace it was opened in, whatever thread uses it. Requests
/// are answered one at a time; each waits for the kernel, which answers at once.
public final class NetlinkSocket: Sendable {
    private let socket: OwnedFD
    private let sequence: Mutex<UInt32>
    private static let receiveRoom = 64 * 1024
    private static let errorType: UInt16 = 2
    private static let doneType: UInt16 = 3

    /// Opens a socket in the caller's network namespace, or in `namespace` by way of a dedicated thread.
    public convenience init(in namespace: OwnedFD? = nil) throws {
        try self.init(protocol: 0, in: namespace)
    }

    /// Opens a socket of another netlink protocol: 0 is NETLINK_ROUTE, 12 NETLINK_NETFILTER.
    init(protocol: Int32, in namespace: OwnedFD?) throws {
        if let namespace {
            let raw = namespace.raw
            socket = try DedicatedThread.run {
                try Namespaces.enter(raw, .network)
                return try Self.open(`protocol`)
            }
        } else {
            socket = try Self.open(`protocol`)
        }
        sequence = Mutex(0)
    }

    private static func open(_ protocol: Int32) throws(LinuxError) -> OwnedFD {
        OwnedFD(try outcome(skiff_netlink_socket(`protocol`)).orThrow("socket AF_NETLINK"))
    }

    /// Sends a request that only succeeds or fails.
    func perform(_ message: NetlinkMessage, _ call: String, _ argument: String) throws(LinuxError) {
        _ = try exchange(message, call, argument)
    }

    /// Sends a request and gathers the messages of its answer (all parts of a dump).
    func exchange(
        _ message: NetlinkMessage, _ call: String, _ argument: String
    ) throws(LinuxError) -> [NetlinkReader.Message] {
        let result: Result<[NetlinkReader.Message], LinuxError> = sequence.withLock { number in
            number &+= 1
            do throws(LinuxError) {
                return .success(try converse(message, number, call, argument))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func converse(
        _ message: NetlinkMessage, _ number: UInt32, _ call: String, _ argument: String
    ) throws(LinuxError) -> [NetlinkReader.Message] {
        let bytes = message.finished(sequence: number)
        _ = try retrying { skiff_netlink_send(socket.raw, bytes, bytes.count) }.orThrow(call, argument)
        var answer: [NetlinkReader.Message] = []
        while true {
            for part in NetlinkReader.messages(try receive(call, argument)) where part.sequence == number {
                switch part.type {
                case Self.doneType: return answer
                case Self.errorType:
                    let status: Int32 = NetlinkReader.number(part.body)
                    if status == 0 { return answer }
                    throw failure(part, Errno(-status), call, argument)
                default:
                    answer.append(part)
                }
            }
        }
    }

    private func receive(_ call: String, _ argument: String) throws(LinuxError) -> [UInt8] {
        var failed: Errno?
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.receiveRoom) { buffer, filled in
            switch outcome(skiff_netlink_receive(socket.raw, buffer.baseAddress, buffer.count)) {
            case .success(let count): filled = Int(count)
            case .failure(let errno): (filled, failed) = (0, errno)
            }
        }
        if let failed { throw LinuxError(call, argument, failed) }
        return bytes
    }

    /// The kernel's own words (NLMSGERR_ATTR_MSG) when it gave any.
    private func failure(
        _ part: NetlinkReader.Message, _ errno: Errno, _ call: String, _ argument: String
    ) -> LinuxError {
        let capped = part.flags & 0x100 != 0
        let original = Int(NetlinkReader.number(part.body, at: 4) as UInt32)
        let offset = 4 + (capped ? 16 : max(16, original))
        let words = NetlinkReader.attributes(part.body, after: offset).first { $0.type == 1 }
        guard let words else { return LinuxError(call, argument, errno) }
        return LinuxError(call, "\(argument) (\(NetlinkReader.text(words.content)))", errno)
    }
}
