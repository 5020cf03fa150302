import Effects
import SystemLinux

/// What a pod's sandbox is to be.
public struct SandboxRequest: Sendable, Hashable {
    /// Where its network comes from.
    public enum Network: Sendable, Hashable {
        /// Its own namespace on this network.
        case network(String)
        /// The host's.
        case host
        /// Its own namespace with nothing but loopback.
        case none
    }

    /// The id; nil makes one up.
    public var id: String?
    /// The name shown in name resolution and errors.
    public var name: String
    /// The host name inside.
    public var hostname: String
    /// Where its network comes from.
    public var network: Network
    /// Whether its containers see the host's processes.
    public var sharesHostProcesses = false
    /// Whether its containers use the host's IPC objects.
    public var sharesHostIPC = false
    /// Kernel switches of its own namespaces.
    public var sysctls: [String: String] = [:]
    /// Ports of the host that lead in.
    public var ports: [PortRequest] = []
    /// Free key-value pairs, by which the caller finds it again.
    public var labels: [String: String] = [:]

    /// A sandbox on `network`.
    public init(id: String? = nil, name: String, hostname: String, network: Network) {
        self.id = id
        self.name = name
        self.hostname = hostname
        self.network = network
    }
}

/// Namespaces that several containers share, kept by bind-mounted files; no process holds them.
public struct Sandbox: Sendable, Hashable {
    /// 64 hexadecimal digits, or what the request named.
    public let id: String
    /// What was asked for.
    public let request: SandboxRequest
    /// When it was made.
    public let createdAt: Timestamp
    /// What its network gave it; nil without one.
    public var attachment: NetworkAttachment?
    /// Its published ports.
    public var ports: [PortBinding]
    /// Directory of the namespace files.
    public let namespaceDirectory: String
    /// Directory of its hosts, resolv.conf and hostname files.
    public let directory: String

    /// Its addresses; empty with the host's network.
    public var addresses: [String] { attachment.map { [$0.ipv4Address] } ?? [] }

    /// The kinds of namespaces it pins.
    var kinds: [Namespaces.Kind] {
        var out: [Namespaces.Kind] = []
        if request.network != .host { out += [.network, .uts] }
        if !request.sharesHostIPC { out.append(.ipc) }
        return out
    }

    /// The file of one of its namespaces; nil when it uses the host's.
    public func namespacePath(_ kind: Namespaces.Kind) -> String? {
        kinds.contains(kind) ? PinnedNamespaces(directory: namespaceDirectory).path(kind) : nil
    }

    /// Directory in memory that its containers see as /dev/shm.
    var sharedMemoryPath: String { "\(namespaceDirectory)/shm" }

    /// Whether its namespaces still stand; after a reboot they don't. Blocks for a moment.
    public var isAlive: Bool { PinnedNamespaces(directory: namespaceDirectory).stands(kinds) }
}
