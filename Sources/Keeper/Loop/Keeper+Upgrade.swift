import CLinux
import Glibc
import SystemLinux

extension Keeper {
    /// Replaces this program by another build of itself: same pid, same children, same descriptors. When the new
    /// program cannot be executed nothing has changed.
    func upgrade(
        _ descriptors: [OwnedFD], _ connection: ClientConnection, _ request: UInt64
    ) throws(KeeperError) {
        guard let program = descriptors.first else {
            throw KeeperError(.protocolViolation, "upgrade without a program")
        }
        guard children.values.allSatisfy({ $0.launch == nil }) else {
            throw KeeperError(.busy, "processes are being started; try again")
        }
        let state = HandoverState(keeper: self)
        connection.send(.done, request: request)
        do {
            let memory = try MemoryFile.make(name: "skiff-handover", state.encoded())
            for number in state.descriptors + [memory.raw] { try Self.keep(number, true) }
            let arguments = configuration.arguments + ["--resume", "\(memory.raw)"]
            let errno = SealedProgram.execute(program, arguments: arguments)
            for number in state.descriptors { try Self.keep(number, false) }
            KeeperJournal.note("upgrade failed: \(errno)")
        } catch {
            KeeperJournal.note("upgrade failed: \(error)")
        }
        // The client has its answer and asks for the version next: the old one tells it that nothing changed.
    }

    private static func keep(_ number: Int32, _ inherited: Bool) throws(LinuxError) {
        let flags = inherited ? 0 : Int64(FD_CLOEXEC)
        _ = try outcome(skiff_fcntl(number, F_SETFD, flags)).orThrow("fcntl F_SETFD", "\(number)")
    }

    /// Continues where the program before left off.
    func resume(_ state: HandoverState) throws(LinuxError) {
        for process in state.processes {
            let child = Child(record: process.record, pidfd: OwnedFD(process.pidfd), isOwn: process.isOwn)
            child.exit = process.exit
            child.outOfMemoryBase = process.outOfMemoryBase
            children[process.record.id] = child
            if process.record.state == .exited { continue }
            if process.isOwn { childrenByPID[process.record.pid] = child }
            if let plan = process.record.log {
                child.log = try? ContainerLog(plan, droppedBytes: process.record.droppedLogBytes)
                child.log?.unfinished = process.unfinished
            }
            if process.terminal >= 0 {
                try connectTerminal(child, OwnedFD(process.terminal))
            } else {
                var streams = StreamSetup()
                if process.input >= 0 { streams.input = OwnedFD(process.input) }
                if process.output >= 0 { streams.output = OwnedFD(process.output) }
                if process.errors >= 0 { streams.errors = OwnedFD(process.errors) }
                try connect(child, streams)
            }
            if !process.isOwn {
                child.pidfdToken = try loop.add(child.pidfd, .read) { [unowned self] _ in adoptedEnded(child) }
            }
        }
        for number in state.connections { try add(OwnedFD(number), greeted: true) }
        for number in state.descriptors { try Self.keep(number, false) }
        // A child may have ended while no program of ours was running.
        reapChildren()
    }
}
