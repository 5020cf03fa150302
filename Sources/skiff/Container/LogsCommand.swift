import ArgumentParser
import Clients
import SystemLinux

/// `skiff logs`: what a container has written.
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "logs", abstract: "Show what a container has written.")

    @Flag(name: [.short, .long], help: "Go on until the container ends.")
    var follow = false

    @Option(name: [.customShort("n"), .long], help: "Only the last so many lines; all is the default.")
    var tail: String = "all"

    @Option(name: .long, help: ArgumentHelp("Nothing before this.", valueName: "time|duration"))
    var since: String?

    @Option(name: .long, help: ArgumentHelp("Nothing after this.", valueName: "time|duration"))
    var until: String?

    @Flag(name: [.short, .long], help: "Show when each line was written.")
    var timestamps = false

    @Argument(help: "Name or id.")
    var container: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.daemon()
        var query = [(name: "stdout", value: "1"), (name: "stderr", value: "1"), (name: "tail", value: tail)]
        if follow { query.append(("follow", "1")) }
        if timestamps { query.append(("timestamps", "1")) }
        if let since { query.append(("since", since)) }
        if let until { query.append(("until", until)) }
        let stream = try client.open(DaemonRequest("GET", "/containers/\(container)/logs", query: query))
        let isFramed = stream.head.header("content-type") == "application/vnd.docker.multiplexed-stream"
        var demultiplexer = StreamDemultiplexer()
        while let bytes = try stream.next() {
            guard isFramed else {
                guard StandardStream.output.write(bytes) else { return }
                continue
            }
            for piece in try demultiplexer.append(bytes) {
                let target: StandardStream = piece.channel == .output ? .output : .error
                // Whoever read us is gone (head, less): so are we.
                guard target.write(piece.bytes) else { return }
            }
        }
    }
}
