import CLinux
import Glibc
import SystemLinux

/// The program to execute, with everything execve needs prepared in memory.
struct ProgramImage: ~Copyable {
    private let name: String
    private let candidates: [String]
    private let arguments: CStringArray
    private let environment: CStringArray

    init(_ setup: ProcessSetup) {
        name = setup.arguments.first ?? ""
        candidates = Self.candidates(name, setup.environment)
        arguments = CStringArray(setup.arguments)
        environment = CStringArray(setup.environment)
    }

    /// Executes the first candidate that exists and may be executed; returns only why none could.
    func execute() -> StepFailure {
        var reason = Errno.noEntry
        arguments.withPointers { argv in
            environment.withPointers { envp in
                for path in candidates {
                    let errno = Errno(-skiff_execve(path, argv, envp))
                    switch errno {
                    // Not here: look on, but remember that something was found that may not run.
                    case .noEntry, .notDirectory: continue
                    case .accessDenied: reason = errno
                    default:
                        reason = errno
                        return
                    }
                }
            }
        }
        let detail =
            reason == .noEntry && !name.utf8.contains(UInt8(ascii: "/"))
            ? "executable file not found in $PATH" : reason.description
        return StepFailure(.exec, "exec: \"\(name)\": \(detail)", reason)
    }

    /// A name with a slash is a path; any other is looked for along PATH, as execvp(3) does.
    static func candidates(_ name: String, _ environment: [String]) -> [String] {
        if name.utf8.contains(UInt8(ascii: "/")) || name.isEmpty { return [name] }
        // The last entry wins, as in the environment the program will see.
        let path = environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? defaultPath[...]
        return path.split(separator: ":", omittingEmptySubsequences: false).map { directory in
            // An empty element means the working directory.
            directory.isEmpty ? "./\(name)" : "\(directory)/\(name)"
        }
    }

    private static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}
