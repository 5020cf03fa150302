import ArgumentParser
import Clients
import Document
import OCI
import SystemLinux

/// `skiff save`: writes images into an archive.
struct SaveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save", abstract: "Write images into an archive that docker, podman and skopeo read."
    )

    @Option(
        name: [.short, .long], help: ArgumentHelp("The file to write; standard output by default.", valueName: "file"))
    var output: String?

    @Argument(help: ArgumentHelp("Names or ids.", valueName: "image"))
    var images: [String]

    @OptionGroup var global: GlobalOptions

    func run() throws {
        if output == nil, Terminal.isTerminal(1) {
            throw ValidationError("an archive does not belong on a terminal; use -o FILE or a pipe")
        }
        let stream = try global.daemon().open(
            DaemonRequest("GET", "/images/get", query: images.map { (name: "names", value: $0) })
        )
        guard let output else {
            while let part = try stream.next() { guard StandardStream.output.write(part) else { return } }
            return
        }
        // Beside its place first: a broken download leaves no half archive behind.
        let partial = "\(output).part"
        do {
            let file = try File.open(partial, [.write, .create, .truncate])
            while let part = try stream.next() { try file.write(part) }
            try File.rename(partial, to: output)
        } catch {
            try? File.remove(partial, ifExists: true)
            throw error
        }
    }
}

/// `skiff load`: takes images from an archive.
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Take images from an archive made by save (docker's or OCI, also compressed)."
    )

    @Option(
        name: [.short, .long], help: ArgumentHelp("The file to read; standard input by default.", valueName: "file"))
    var input: String?

    @Flag(name: [.short, .long], help: "Print nothing.")
    var quiet = false

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let stream = try global.daemon().open(
            DaemonRequest(
                "POST", "/images/load",
                body: .stream(contentType: "application/x-tar", next: try ArchiveInput.open(input))
            )
        )
        var display = TransferDisplay(isQuiet: quiet)
        try display.follow(stream)
    }
}

/// `skiff import`: makes an image of a root file system's tar.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make an image of a tar of a root file system.",
        discussion: """
              skiff import rootfs.tar.gz mybase:1
              tar -C tree -c . | skiff import --change 'CMD ["/bin/sh"]' - mybase:1
            """
    )

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Change the configuration, in Dockerfile words.", valueName: "instruction"))
    var change: [String] = []

    @Option(name: [.short, .long], help: ArgumentHelp("A remark for the history.", valueName: "text"))
    var message: String?

    @Option(
        name: .long, help: ArgumentHelp("The platform it is for, when it is not this machine's.", valueName: "os/arch"))
    var platform: String?

    @Argument(help: ArgumentHelp("The tar file, or - for standard input.", valueName: "file"))
    var file: String

    @Argument(help: ArgumentHelp("A name for the image.", valueName: "name"))
    var name: String?

    @OptionGroup var global: GlobalOptions

    func run() throws {
        var query = [(name: "fromSrc", value: "-")]
        if let name {
            let reference = try ImageName.parse(name).withDefaultTag
            query.append((name: "repo", value: reference.name))
            query.append((name: "tag", value: reference.tag ?? Reference.defaultTag))
        }
        query += change.map { (name: "changes", value: $0) }
        if let message { query.append((name: "message", value: message)) }
        if let platform { query.append((name: "platform", value: platform)) }
        let body = DaemonBody.stream(
            contentType: "application/x-tar", next: try ArchiveInput.open(file == "-" ? nil : file)
        )
        let reply = try global.daemon().send(DaemonRequest("POST", "/images/create", query: query, body: body)).json()
        print(reply["status"]?.stringValue ?? "")
    }
}

/// An archive that is sent to the daemon.
enum ArchiveInput {
    /// Bytes sent at a time.
    private static let chunkBytes = 256 * 1024

    /// The pieces of a file, or of standard input.
    static func open(_ path: String?) throws -> @Sendable () throws -> [UInt8]? {
        guard let path else {
            guard !Terminal.isTerminal(0) else {
                throw ValidationError("an archive is expected on standard input; give a file or use a pipe")
            }
            return {
                let part = try StandardStream.input.read(upTo: chunkBytes)
                return part.isEmpty ? nil : part
            }
        }
        let file = try File.open(path)
        return {
            let part = try file.read(upTo: chunkBytes)
            return part.isEmpty ? nil : part
        }
    }
}
