import Logging
import SystemLinux

extension ContainerRuntime {
    /// Removes the kernel objects of a run: what is left of its processes, its control group, its pinned namespaces.
    func releaseHostObjects(id: String, cgroup: String) async {
        let directory = namespaceDirectory(id)
        let cgroups = cgroups
        let logger = logger
        do {
            try await BlockingPool.shared.run {
                do {
                    try cgroups.removeWithProcesses(cgroup)
                } catch {
                    logger.error(
                        "failed to remove a control group", metadata: ["cgroup": "\(cgroup)", "error": "\(error)"]
                    )
                }
                try PinnedNamespaces(directory: directory).release()
            }
        } catch {
            logger.error("failed to release namespaces", metadata: ["path": "\(directory)", "error": "\(error)"])
        }
    }
}

/// The namespace files of one container or sandbox. Calls block.
struct PinnedNamespaces: Sendable {
    let directory: String

    func path(_ kind: Namespaces.Kind) -> String { "\(directory)/\(kind.procName)" }

    /// Makes new namespaces and pins them; the network one gets its loopback.
    func pin(_ kinds: [Namespaces.Kind]) throws {
        try Directory.make(directory, mode: 0o711)
        for kind in kinds {
            // What an earlier run left (the daemon was killed in between) would hide the new one.
            try Namespaces.unpin(path(kind))
            try Namespaces.pin(kind, at: path(kind))
        }
    }

    /// Whether the files still are namespaces; after a reboot they are not.
    func stands(_ kinds: [Namespaces.Kind]) -> Bool {
        kinds.allSatisfy { kind in (try? Namespaces.open(path(kind), kind)) != nil }
    }

    /// Lets all namespaces go and removes the directory; a missing one is fine.
    func release() throws {
        guard File.exists(directory) else { return }
        for kind in [Namespaces.Kind.network, .ipc, .uts] { try Namespaces.unpin(path(kind)) }
        try Directory.removeTree(directory)
    }
}
