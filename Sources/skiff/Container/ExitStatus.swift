import ArgumentParser
import Clients
import SystemLinux

/// Exit statuses of container verbs (docker-oci.md §3.5).
enum ExitStatus {
    /// Something went wrong and was told already.
    static let failure = ExitCode(1)
    /// The engine could not run the container.
    static let engine: Int32 = 125

    /// What a failed start means: 127 when the program is missing, 126 when it can't be executed, else 125.
    static func of(startFailure message: String) -> Int32 {
        if message.contains("executable file not found") || message.contains("no such file or directory") { return 127 }
        if message.contains("permission denied") || message.contains("is a directory") { return 126 }
        return engine
    }
}

/// Words for a person on standard error.
enum StandardStreamPrinter {
    static func note(_ text: String) { StandardStream.error.write(text + "\n") }

    /// Tells why a container could not be run and ends the verb with docker's status for it.
    static func fail(_ error: any Error, status: Int32) -> ExitCode {
        let message = (error as? DaemonError)?.message ?? "\(error)"
        note("skiff: \(message)")
        return ExitCode(status)
    }
}
