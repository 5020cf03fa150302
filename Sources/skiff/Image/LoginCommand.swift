import ArgumentParser
import Clients
import Document
import OCI
import SystemLinux

/// `skiff login`: proves and keeps credentials for a registry.
struct LoginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Log in to a registry.",
        discussion: """
            The login is kept in docker's own file (~/.docker/config.json), readable for you only.

              echo "$TOKEN" | skiff login --username me --password-stdin registry.example.com
            """
    )

    @Option(name: [.short, .long], help: ArgumentHelp("User name.", valueName: "name"))
    var username: String

    @Flag(name: .long, help: "Read the password from standard input.")
    var passwordStdin = false

    @Argument(help: ArgumentHelp("The registry; Docker Hub by default.", valueName: "registry"))
    var registry = Reference.defaultRegistry

    @OptionGroup var global: GlobalOptions

    func run() throws {
        guard Reference.isRegistry(registry) else { throw ValidationError("\(registry) is not host[:port]") }
        let password = try readPassword()
        _ = try global.daemon().json(
            "POST", "/auth",
            body: [
                "username": .string(username), "password": .string(password), "serveraddress": .string(registry),
            ]
        )
        var logins = try RegistryLogins()
        try logins.set(registry: registry, user: username, password: password)
        print("Login Succeeded")
    }

    private func readPassword() throws -> String {
        guard passwordStdin || !Terminal.isTerminal(0) else {
            throw ValidationError("give the password on standard input with --password-stdin, so that nobody sees it")
        }
        var bytes: [UInt8] = []
        while bytes.count < 64 * 1024 {
            let part = try StandardStream.input.read(upTo: 4096)
            if part.isEmpty { break }
            bytes += part
        }
        while let last = bytes.last, last == 10 || last == 13 { bytes.removeLast() }
        guard !bytes.isEmpty else { throw ValidationError("the password is empty") }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// `skiff logout`: forgets credentials.
struct LogoutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "logout", abstract: "Forget the login of a registry.")

    @Argument(help: ArgumentHelp("The registry; Docker Hub by default.", valueName: "registry"))
    var registry = Reference.defaultRegistry

    func run() throws {
        var logins = try RegistryLogins()
        print(
            try logins.remove(registry: registry)
                ? "Removed the login of \(registry)" : "There is no login of \(registry)"
        )
    }
}
