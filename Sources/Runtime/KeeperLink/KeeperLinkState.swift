import Keeper
import SystemLinux

/// One answer of the keeper with what came along.
struct KeeperAnswer: Sendable {
    let message: KeeperMessage
    let descriptors: [OwnedFD]
    /// For `list`: the rows before the closing `done`.
    var children: [(record: ChildRecord, roles: [DescriptorRole], descriptors: [OwnedFD])] = []
}

/// What the connection knows, behind one lock.
struct KeeperLinkState: Sendable {
    /// A process's duplicates, kept unread for the next keeper.
    struct Held: Sendable {
        var record: ChildRecord
        var roles: [DescriptorRole]
        var descriptors: [OwnedFD]
    }

    struct Pending: Sendable {
        let continuation: CheckedContinuation<KeeperAnswer, any Error>
        var children: [(record: ChildRecord, roles: [DescriptorRole], descriptors: [OwnedFD])] = []
    }

    var socket: OwnedFD?
    var keeperPID: Int32
    var version: UInt16
    var lastRequest: UInt64 = 0
    var pending: [UInt64: Pending] = [:]
    var held: [String: Held] = [:]
    var closing = false
    var overrun = false

    init(socket: OwnedFD, pid: Int32, version: UInt16) {
        self.socket = socket
        keeperPID = pid
        self.version = version
    }

    mutating func hold(_ record: ChildRecord, _ roles: [DescriptorRole], _ descriptors: [OwnedFD]) {
        guard record.state != .exited else { return }
        held[record.id] = Held(record: record, roles: roles, descriptors: descriptors)
    }

    /// A process's input was closed: a duplicate of its end would keep it open.
    mutating func releaseInput(_ id: String) {
        guard var process = held[id], let index = process.roles.firstIndex(of: .input) else { return }
        process.roles.remove(at: index)
        process.descriptors.remove(at: index).close()
        held[id] = process
    }
}
