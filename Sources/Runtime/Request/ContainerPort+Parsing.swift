extension ContainerPort {
    /// Reads `80`, `80/tcp`.
    /// - Throws: `RuntimeError` `.invalid` for anything else.
    public init(parsing text: String) throws(RuntimeError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let transport = parts.count > 1 ? PortTransport(rawValue: parts[1].lowercased()) : .tcp
        guard parts.count <= 2, let port = UInt16(parts[0]), port > 0, let transport else {
            throw RuntimeError(.invalid, "invalid port \"\(text)\": expected NUMBER[/tcp|udp|sctp]")
        }
        self.init(port: port, transport: transport)
    }
}

extension HostPortRequest {
    /// The host ports this wish allows, in order; empty means any free one.
    /// - Throws: `RuntimeError` `.invalid` for anything but `N`, `N-M` or the empty text.
    public func candidates() throws(RuntimeError) -> [UInt16] {
        if port.isEmpty || port == "0" { return [] }
        let ends = port.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first > 0, first <= last
        else {
            throw RuntimeError(.invalid, "invalid host port \"\(port)\": expected NUMBER or FIRST-LAST")
        }
        return Array(first...last)
    }
}
