import Subprocess
import SystemLinux
import SystemPackage

/// The kubectl binaries of this machine. Some distributions install a dispatcher with one binary per minor version
/// beside it; those are called directly.
enum Kubectl {
    /// Absolute paths, one per version.
    static let binaries: [String] = {
        for folder in ["/usr/local/bin", "/usr/bin"] where File.exists("\(folder)/kubectl") {
            let link = (try? File.readLink("\(folder)/kubectl")) ?? "\(folder)/kubectl"
            let path = link.hasPrefix("/") ? link : "\(folder)/\(link)"
            let versioned = (29...40).map { "\(path).1.\($0)" }.filter { File.exists($0) }
            return versioned.isEmpty ? [path] : versioned
        }
        return []
    }()

    static var newest: String { self.binaries.last ?? "kubectl" }

    /// The oldest and the newest that are supported: plain JSON and SPDY, protobuf and WebSocket. `kubectl apply` before
    /// 1.29 validates with OpenAPI v2, which is not served.
    static var spread: [String] {
        guard let first = self.binaries.first, let last = self.binaries.last, first != last else {
            return self.binaries
        }
        return [first, last]
    }

    struct Outcome: Sendable {
        let output: String
        let errors: String
        let status: Int32
    }

    /// Runs kubectl against a fixture.
    static func run(
        _ arguments: [String], binary: String = newest, _ fixture: APIFixture, input: String = ""
    ) async throws -> Outcome {
        let result = try await Subprocess.run(
            .path(FilePath(binary)),
            arguments: .init(
                ["--kubeconfig", fixture.kubeconfig, "--cache-dir", "\(fixture.folder)/cache"] + arguments),
            environment: .inherit.updating(["HOME": fixture.folder]),
            input: .string(input),
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): code
            default: -1
            }
        return Outcome(output: result.standardOutput, errors: result.standardError, status: status)
    }
}
