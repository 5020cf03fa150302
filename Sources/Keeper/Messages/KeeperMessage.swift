import SystemLinux

/// Everything daemon and keeper say to each other, one message per SEQPACKET datagram.
///
/// A request carries a number; its one answer (`welcome`, `started`, `attached`, `done`, `failed`, or for `list` a
/// row of `child` closed by `done`) carries the same. Announcements carry number 0. Descriptors ride along with
/// SCM_RIGHTS in the order each case names.
public enum KeeperMessage: Sendable, Hashable {
    /// The version of this enum and of all forms below it; both sides must have the same.
    public static let version: UInt16 = 1
    /// Largest datagram in bytes; plans are larger and travel in a memory file.
    public static let sizeLimit = 32 * 1024

    // MARK: Requests

    /// First message of a connection.
    case hello(version: UInt16)
    /// Starts a container. Descriptors: sealed plan, then input, output, errors when the plan says `descriptors`.
    case launch(id: String)
    /// Starts a process in a container. Descriptors as for `launch`.
    case exec(id: String)
    /// Lets a created process execute.
    case start(id: String)
    /// Sends a signal to one process, by pidfd.
    case signal(id: String, number: Int32)
    /// Tells a pseudo terminal its size.
    case resize(id: String, rows: UInt16, columns: UInt16)
    /// Joins the relayed streams. A `lossless` client slows the process down instead of losing output.
    case attach(id: String, input: Bool, output: Bool, lossless: Bool)
    /// Closes the process's input for good.
    case closeInput(id: String)
    /// Asks for every process.
    case list
    /// Says that an exit was recorded, so the keeper may forget it.
    case acknowledge(id: String)
    /// Hands over a process of a dead keeper. Descriptors as `DescriptorRole`s name them.
    case adopt(record: ChildRecord, roles: [DescriptorRole])
    /// Replaces the keeper's program by the file behind the descriptor, keeping pid, children and connections.
    case upgrade
    /// Ends the keeper; refused while processes run unless `force` (they run on, unwatched).
    case stop(force: Bool)

    // MARK: Answers

    /// Answers `hello`.
    case welcome(version: UInt16, pid: Int32, startedAt: Int64)
    /// Answers `launch` and `exec`. Descriptors as `roles` names them; the caller keeps them, unread.
    case started(record: ChildRecord, roles: [DescriptorRole])
    /// Answers `attach`. Descriptors: the client's ends, as `roles` names them.
    case attached(roles: [DescriptorRole])
    /// One process of `list`. Descriptors as `roles` names them.
    case child(record: ChildRecord, roles: [DescriptorRole])
    /// The request is done.
    case done
    /// The request failed.
    case failed(code: String, message: String, step: String, errno: Int32)

    // MARK: Announcements

    /// A process ended and its record is on disk.
    case exited(ExitRecord)
    /// An attached client was too slow and lost its connection.
    case attachDropped(id: String)
    /// A process's input was closed: whoever holds a duplicate of its end must close that too.
    case inputClosed(id: String)
}

/// What a passed descriptor is.
public enum DescriptorRole: UInt8, Sendable, Hashable {
    /// The process's pidfd.
    case pidfd = 1
    /// The writing end of the process's input.
    case input = 2
    /// The reading end of its output.
    case output = 3
    /// The reading end of its errors.
    case errors = 4
    /// The pseudo terminal's master.
    case terminal = 5
}
