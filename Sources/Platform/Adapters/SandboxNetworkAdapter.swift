import NFTables
import Networking
import Runtime

/// Gives the runtime's sandboxes a place on the engine's networks.
struct SandboxNetworkAdapter: SandboxNetwork {
    /// The name under which the node asks for the pods' network; pods and containers share one bridge.
    static let podNetwork = "pod"

    let engine: NetworkEngine

    func attach(_ request: NetworkAttachRequest) async throws -> NetworkAttachment {
        let names = [request.containerName, String(request.containerID.prefix(12))] + request.aliases
        var endpoint = SandboxEndpoint(
            sandbox: request.containerID,
            namespacePath: request.namespacePath,
            network: Self.engineName(request.network),
            interface: request.interfaceName,
            names: names.filter { !$0.isEmpty }
        )
        if !request.ipv4Address.isEmpty {
            guard let address = IPv4Address(request.ipv4Address) else {
                throw PlatformError(.notFound, "'\(request.ipv4Address)' is not an IPv4 address")
            }
            endpoint.address = address
        }
        if !request.macAddress.isEmpty { endpoint.hardwareAddress = Self.hardwareAddress(request.macAddress) }
        return Self.attachment(try await engine.attach(endpoint), network: request.network)
    }

    func detach(containerID: String, network: String) async throws {
        try await engine.detach(sandbox: containerID, network: Self.engineName(network))
    }

    func hasNetwork(_ name: String) async -> Bool {
        (try? await engine.network(named: Self.engineName(name))) != nil
    }

    func gateway(of network: String) async -> String? {
        (try? await engine.network(named: Self.engineName(network)))?.gateway.description
    }

    private static func engineName(_ network: String) -> String {
        network == podNetwork ? NetworkEngine.defaultNetwork : network
    }

    private static func attachment(_ made: SandboxAttachment, network: String) -> NetworkAttachment {
        NetworkAttachment(
            network: network,
            networkID: made.network.id,
            interfaceName: made.interface,
            ipv4Address: made.address.description,
            prefixLength: Int(made.prefixLength),
            gateway: made.gateway.description,
            macAddress: made.hardwareAddressText,
            nameServers: made.dns.servers.map(\.description),
            searchDomains: made.dns.search,
            resolverOptions: made.dns.options
        )
    }

    /// Reads `aa:bb:cc:dd:ee:ff`; nil when it is something else, so that the engine chooses.
    static func hardwareAddress(_ text: String) -> [UInt8]? {
        let bytes = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt8($0, radix: 16) }
        guard bytes.count == 6, !bytes.contains(nil) else { return nil }
        return bytes.compactMap { $0 }
    }
}
