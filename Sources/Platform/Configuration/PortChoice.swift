/// Which loopback port a server of the cluster takes: the kept one, else the usual one, else any free one.
struct PortChoice: Sendable, Hashable {
    /// The port people expect.
    let usual: UInt16
    /// The port this cluster had before, if any.
    let kept: UInt16?

    /// How many further ports after the usual one are tried before the kernel chooses.
    static let neighboursMax: UInt16 = 16

    /// Ports in the order they should be tried; 0 stands for "any free one" and ends the list.
    var candidates: [UInt16] {
        var ports: [UInt16] = []
        if let kept, kept != 0 { ports.append(kept) }
        // From the usual port on, so that a second cluster gets a number one can guess.
        for offset in 0...Self.neighboursMax {
            let (port, overflow) = usual.addingReportingOverflow(offset)
            if !overflow, !ports.contains(port) { ports.append(port) }
        }
        return ports + [0]
    }
}
