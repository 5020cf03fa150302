import ArgumentParser
import Clients
import Document
import SystemLinux

/// `skiff exec`: a further process in a running container.
struct ExecCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a command in a running container.",
        discussion: "  skiff exec -it web sh"
    )

    @Flag(name: [.short, .long], help: "Run in the background.")
    var detach = false

    @Flag(name: [.short, .long], help: "Send standard input to the command.")
    var interactive = false

    @Flag(name: [.short, .long], help: "Give the command a terminal.")
    var tty = false

    @Option(name: [.short, .long], help: ArgumentHelp("Set an environment variable.", valueName: "NAME=value"))
    var env: [String] = []

    @Option(name: .long, help: ArgumentHelp("Read environment variables from a file.", valueName: "file"))
    var envFile: [String] = []

    @Option(name: [.short, .long], help: ArgumentHelp("User and group.", valueName: "user[:group]"))
    var user: String?

    @Option(name: [.customShort("w"), .long], help: ArgumentHelp("Directory inside the container.", valueName: "path"))
    var workdir: String?

    @Flag(name: .long, help: "Give the command every capability.")
    var privileged = false

    @Argument(help: "Name or id.")
    var container: String

    @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.")
    var command: [String]

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        var body: JSONObject = [
            "AttachStdin": .bool(interactive && !detach), "AttachStdout": .bool(!detach),
            "AttachStderr": .bool(!detach), "Tty": .bool(tty), "Privileged": .bool(privileged),
            "Cmd": ListText.json(command),
        ]
        let environment = try ListText.environment(files: envFile, env)
        if !environment.isEmpty { body["Env"] = ListText.json(environment) }
        if let user { body["User"] = .string(user) }
        if let workdir { body["WorkingDir"] = .string(workdir) }
        if tty, let size = Terminal.size(of: StandardStream.output.rawValue) {
            body["ConsoleSize"] = [.integer(Int64(size.rows)), .integer(Int64(size.columns))]
        }
        let made = try client.json("POST", "/containers/\(container)/exec", body: .object(body))
        let id = made["Id"]?.stringValue ?? ""
        if detach {
            _ = try client.json("POST", "/exec/\(id)/start", body: ["Detach": true, "Tty": .bool(tty)])
            return
        }
        let session = try ContainerSession(
            client: client, execID: id,
            options: SessionOptions(readsInput: interactive, isTerminal: tty, passesSignals: false, detachKeys: nil)
        )
        try session.carry()
        let state = try client.json("GET", "/exec/\(id)/json")
        throw ExitCode(Int32(truncatingIfNeeded: state["ExitCode"]?.intValue ?? 0))
    }
}

/// `skiff attach`: join the streams of a running container.
struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Attach to a running container's input and output."
    )

    @Flag(name: .long, help: "Do not attach the input.")
    var noStdin = false

    @Flag(name: .long, inversion: .prefixedNo, help: "Pass signals on to the program.")
    var sigProxy = true

    @Option(name: .long, help: ArgumentHelp("Keys that detach from the container.", valueName: "keys"))
    var detachKeys: String?

    @Argument(help: "Name or id.")
    var container: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        let state = try client.inspectContainer(container)
        guard state["State"]?["Running"]?.boolValue == true else {
            throw CommandFailure(
                "you cannot attach to a stopped container, start it first: skiff start -a \(container)")
        }
        let opensInput = state["Config"]?["OpenStdin"]?.boolValue ?? false
        let session = try ContainerSession(
            client: client, containerID: container,
            options: SessionOptions(
                readsInput: opensInput && !noStdin, isTerminal: state["Config"]?["Tty"]?.boolValue ?? false,
                passesSignals: sigProxy, detachKeys: detachKeys
            )
        )
        let wait = try client.open(DaemonRequest("POST", "/containers/\(container)/wait"))
        try session.carry()
        // Detached with the keys: the container runs on.
        let after = try client.inspectContainer(container)
        if after["State"]?["Running"]?.boolValue == true { return }
        throw ExitCode(Int32(truncatingIfNeeded: try wait.nextJSON()?["StatusCode"]?.intValue ?? 0))
    }
}
