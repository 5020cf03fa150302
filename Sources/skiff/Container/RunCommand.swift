import ArgumentParser
import Clients
import Document
import SystemLinux

/// `skiff run`: make a container and start it.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command in a new container.",
        discussion: """
              skiff run --rm alpine echo hello
              skiff run -it --rm debian bash
              skiff run -d -p 8000:8000 --name web my-app

            Exit status: the program's own; 125 when the container could not be run, 126 when the program can't be \
            executed, 127 when it does not exist.
            """
    )

    @Flag(name: [.short, .long], help: "Run in the background and print the container's id.")
    var detach = false

    @Flag(name: .long, inversion: .prefixedNo, help: "Pass signals on to the program.")
    var sigProxy = true

    @Option(name: .long, help: ArgumentHelp("Keys that detach from the container.", valueName: "keys"))
    var detachKeys: String?

    @OptionGroup var create: CreateOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client: DaemonClient
        let id: String
        do {
            client = try global.daemon()
            let body = try CreateRequest(options: create, isAttached: !detach).json()
            id = try client.createContainer(
                body, name: create.process.name, pull: create.process.pull, platform: create.process.platform
            )
            if let file = create.process.cidfile { try File.write(file, Array(id.utf8)) }
        } catch {
            throw StandardStreamPrinter.fail(error, status: ExitStatus.engine)
        }
        if detach {
            try start(id, with: client)
            print(id)
            return
        }
        throw ExitCode(try attach(to: id, with: client))
    }

    private func start(_ id: String, with client: DaemonClient) throws {
        do {
            _ = try client.send(DaemonRequest("POST", "/containers/\(id)/start"))
        } catch {
            throw StandardStreamPrinter.fail(error, status: ExitStatus.of(startFailure: error.message))
        }
    }

    /// Attaches, starts, carries the streams and answers the program's exit status.
    private func attach(to id: String, with client: DaemonClient) throws -> Int32 {
        let options = SessionOptions(
            readsInput: create.process.interactive, isTerminal: create.process.tty, passesSignals: sigProxy,
            detachKeys: detachKeys
        )
        let session = try ContainerSession(client: client, containerID: id, options: options)
        let condition = create.process.remove ? "removed" : "next-exit"
        let wait = try client.open(
            DaemonRequest("POST", "/containers/\(id)/wait", query: [("condition", condition)])
        )
        try start(id, with: client)
        return try session.run(until: wait)
    }
}

/// `skiff create`: make a container without starting it.
struct CreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a container without starting it."
    )

    @OptionGroup var create: CreateOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        do {
            let client = try global.daemon()
            let id = try client.createContainer(
                try CreateRequest(options: create, isAttached: true).json(), name: create.process.name,
                pull: create.process.pull, platform: create.process.platform
            )
            if let file = create.process.cidfile { try File.write(file, Array(id.utf8)) }
            print(id)
        } catch {
            throw StandardStreamPrinter.fail(error, status: ExitStatus.engine)
        }
    }
}
