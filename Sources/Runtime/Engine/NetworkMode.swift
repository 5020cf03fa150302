/// Where a container's network comes from, read from its request. Pure.
enum NetworkMode: Sendable, Hashable {
    /// Its own namespace with nothing but loopback.
    case none
    /// The host's.
    case host
    /// Another container's.
    case container(String)
    /// Its own namespace on these networks, the first is the default route.
    case own([String])

    /// The network that `default` means.
    static let defaultNetwork = "bridge"

    init(_ request: ContainerRequest) {
        let mode = request.host.networkMode
        if request.networkDisabled || mode == "none" {
            self = .none
        } else if mode == "host" {
            self = .host
        } else if mode.hasPrefix("container:") {
            self = .container(String(mode.dropFirst("container:".count)))
        } else {
            let first = Self.name(mode)
            let further = request.endpoints.keys.map(Self.name).filter { $0 != first }.sorted()
            self = .own([first] + further)
        }
    }

    /// `default` and the empty text are the bridge.
    static func name(_ text: String) -> String {
        text.isEmpty || text == "default" ? defaultNetwork : text
    }
}
