import Document
import SystemLinux

/// Small choices that stay the same over restarts, so that bookmarks and kubeconfig files keep working.
struct KeptChoices: Codable, Sendable, Hashable {
    /// Port of the Kubernetes API.
    var apiPort: UInt16?
    /// Port of the registry.
    var registryPort: UInt16?

    /// Reads the file; nothing is kept yet when it is missing. Blocks on the file.
    static func load(_ path: String) throws -> KeptChoices {
        guard File.exists(path) else { return KeptChoices() }
        return try JSONDecoding.decode(KeptChoices.self, from: File.read(path))
    }

    /// Writes the file whole or not at all. Blocks on the file.
    func save(_ path: String) throws {
        try File.writeAtomically(path, JSONEncoding.encode(self), mode: 0o600)
    }
}
