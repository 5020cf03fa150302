import ArgumentParser
import Clients
import SystemLinux

/// Runs the verb that the command line names and ends the process with its status.
///
/// Verbs are synchronous: they talk to the daemon over a blocking client, so no thread starts before one needs it.
/// The few that need concurrency bridge to it themselves.
enum CommandLineEntry {
    static func run() -> Never {
        GlobalOptions.ensureDaemon = { location in try DaemonLauncher(location).ensureRunning() }
        do {
            var command = try SkiffCommand.parseAsRoot()
            try command.run()
            SkiffCommand.exit()
        } catch let error as DaemonError {
            fail(with: error.message)
        } catch {
            SkiffCommand.exit(withError: error)
        }
    }

    private static func fail(with message: String) -> Never {
        _ = StandardStream.error.write("skiff: \(message)\n")
        SkiffCommand.exit(withError: ExitCode(1))
    }
}
