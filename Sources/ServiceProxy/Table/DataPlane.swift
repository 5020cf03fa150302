import NFTables

/// What carries Service traffic: the kernel's packet rules, or sockets of this process.
protocol DataPlane: Sendable {
    /// Makes the plane anew so that it holds exactly `change`, which adds everything there is.
    func rebuild(_ change: TableChange, table: ProxyTable) async throws
    /// Carries out a change; `table` is what holds afterwards.
    func apply(_ change: TableChange, table: ProxyTable) async throws
    /// Takes over a socket that keeps a port of this host, once the port carries traffic.
    func keep(_ port: HeldPort) async throws
    /// Removes everything.
    func teardown() async throws
}
