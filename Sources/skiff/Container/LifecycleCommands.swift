import ArgumentParser
import Clients
import Document

/// `skiff start`: start containers that are made or have ended.
struct StartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Start containers.")

    @Flag(name: [.short, .long], help: "Attach to the output and pass signals on.")
    var attach = false

    @Flag(name: [.short, .long], help: "Attach the input too.")
    var interactive = false

    @Option(name: .long, help: ArgumentHelp("Keys that detach from the container.", valueName: "keys"))
    var detachKeys: String?

    @Argument(help: ArgumentHelp("Names or ids.", valueName: "container"))
    var containers: [String]

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        guard attach || interactive else {
            try EachName.run(containers) { _ = try client.send(DaemonRequest("POST", "/containers/\($0)/start")) }
            return
        }
        guard containers.count == 1, let name = containers.first else {
            throw ValidationError("only one container can be started with --attach or --interactive")
        }
        let isTerminal = try client.inspectContainer(name)["Config"]?["Tty"]?.boolValue ?? false
        let session = try ContainerSession(
            client: client, containerID: name,
            options: SessionOptions(
                readsInput: interactive, isTerminal: isTerminal, passesSignals: true, detachKeys: detachKeys
            )
        )
        let wait = try client.open(
            DaemonRequest("POST", "/containers/\(name)/wait", query: [("condition", "next-exit")])
        )
        do {
            _ = try client.send(DaemonRequest("POST", "/containers/\(name)/start"))
        } catch {
            throw StandardStreamPrinter.fail(error, status: ExitStatus.of(startFailure: error.message))
        }
        throw ExitCode(try session.run(until: wait))
    }
}

/// `skiff stop`: end containers, first gently.
struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop containers: their stop signal, a wait, then SIGKILL."
    )

    @Option(name: [.short, .customLong("time"), .customLong("timeout")], help: "Seconds to wait before SIGKILL.")
    var time: Int?

    @Option(name: [.short, .long], help: "Signal to send first.")
    var signal: String?

    @Argument(help: ArgumentHelp("Names or ids.", valueName: "container"))
    var containers: [String]

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        var query: [(name: String, value: String)] = []
        if let time { query.append(("t", String(time))) }
        if let signal { query.append(("signal", signal)) }
        try EachName.run(containers) {
            _ = try client.send(DaemonRequest("POST", "/containers/\($0)/stop", query: query))
        }
    }
}

/// `skiff restart`: stop and start.
struct RestartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "restart", abstract: "Stop containers and start them.")

    @Option(name: [.short, .customLong("time"), .customLong("timeout")], help: "Seconds to wait before SIGKILL.")
    var time: Int?

    @Option(name: [.short, .long], help: "Signal to send first.")
    var signal: String?

    @Argument(help: ArgumentHelp("Names or ids.", valueName: "container"))
    var containers: [String]

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        var query: [(name: String, value: String)] = []
        if let time { query.append(("t", String(time))) }
        if let signal { query.append(("signal", signal)) }
        try EachName.run(containers) {
            _ = try client.send(DaemonRequest("POST", "/containers/\($0)/restart", query: query))
        }
    }
}

/// `skiff kill`: send a signal.
struct KillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "kill", abstract: "Send a signal to containers.")

    @Option(name: [.short, .long], help: "The signal, by name or number.")
    var signal: String = "KILL"

    @Argument(help: ArgumentHelp("Names or ids.", valueName: "container"))
    var containers: [String]

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        try EachName.run(containers) {
            _ = try client.send(DaemonRequest("POST", "/containers/\($0)/kill", query: [("signal", signal)]))
        }
    }
}

/// `skiff pause`: freeze.
struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Freeze all processes of containers.")

    @Argument(help: ArgumentHelp("Names or ids.", valueName: "container"))
    var containers: [String]

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        try EachName.run(containers) { _ = try client.send(DaemonRequest("POST", "/containers/\($0)/pause")) }
    }
}

/// `skiff unpause`: go on.
struct UnpauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "unpause", abstract: "Let frozen containers go on.")

    @Argument(help: ArgumentHelp("Names or ids.", valueName: "container"))
    var containers: [String]

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        try EachName.run(containers) { _ = try client.send(DaemonRequest("POST", "/containers/\($0)/unpause")) }
    }
}

/// `skiff rm`: remove.
struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rm", abstract: "Remove containers.")

    @Flag(name: [.short, .long], help: "Kill running containers first; missing ones are no error.")
    var force = false

    @Flag(name: [.short, .long], help: "Remove their anonymous volumes too.")
    var volumes = false

    @Argument(help: ArgumentHelp("Names or ids.", valueName: "container"))
    var containers: [String]

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        var query: [(name: String, value: String)] = []
        if force { query.append(("force", "1")) }
        if volumes { query.append(("v", "1")) }
        try EachName.run(containers) { name in
            do throws(DaemonError) {
                _ = try client.send(DaemonRequest("DELETE", "/containers/\(name)", query: query))
            } catch {
                guard force, error.code == .refused(404) else { throw error }
            }
        }
    }
}

/// `skiff rename`: another name.
struct RenameCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rename", abstract: "Give a container another name.")

    @Argument(help: "Name or id.")
    var container: String

    @Argument(help: "The new name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        _ = try client.send(DaemonRequest("POST", "/containers/\(container)/rename", query: [("name", name)]))
    }
}

/// `skiff container wait`: the exit status of containers.
struct ContainerWaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until containers have ended and print their exit statuses."
    )

    @Argument(help: ArgumentHelp("Names or ids.", valueName: "container"))
    var containers: [String]

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        try EachName.run(containers, printing: false) { name in
            let stream = try client.open(DaemonRequest("POST", "/containers/\(name)/wait"))
            if let outcome = try stream.nextJSON() { print(outcome["StatusCode"]?.intValue ?? 0) }
        }
    }
}

/// `skiff container prune`: remove all that have ended.
struct ContainerPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove all containers that have ended."
    )

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let reply = try global.daemon().json("POST", "/containers/prune")
        for id in reply["ContainersDeleted"]?.arrayValue ?? [] { print(id.stringValue ?? "") }
    }
}
