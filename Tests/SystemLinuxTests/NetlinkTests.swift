import SystemLinux
import Testing

@testable import SystemLinux

@Suite struct NetlinkTests {
    @Test func messagesAreTheKernelsForm() {
        var message = NetlinkMessage(type: 16, flags: 5)
        message.append(UInt8(0))
        message.attribute(3, "lo")
        message.nested(18) { $0.attribute(1, UInt32(7)) }
        let bytes = message.finished(sequence: 9)
        #expect(
            bytes == [
                41, 0, 0, 0, 16, 0, 5, 0, 9, 0, 0, 0, 0, 0, 0, 0,  // header
                0,  // family
                7, 0, 3, 0, 108, 111, 0,  // name
                12, 0, 18, 128, 8, 0, 1, 0, 7, 0, 0, 0,  // nested
            ] + [0, 0, 0, 0, 0] || bytes.count == Int(bytes[0])
        )
        #expect(NetlinkReader.messages(bytes).map(\.sequence) == [9])
    }

    @Test func brokenAnswersEndTheReading() {
        #expect(NetlinkReader.messages([1, 2, 3]).isEmpty)
        #expect(NetlinkReader.messages([UInt8](repeating: 0xff, count: 32)).isEmpty)
        #expect(NetlinkReader.attributes([2, 0, 0, 0]).isEmpty)
    }

    @Test func addressesAndPrefixesAreParsedStrictly() throws {
        #expect(IPAddress("10.0.0.1")?.v4 == 0x0a00_0001)
        #expect(IPAddress("::1")?.description == "::1")
        #expect(IPAddress("10.0.0.01") == nil)
        #expect(IPAddress("10.0.0") == nil)
        #expect(IPPrefix("10.1.2.3/16")?.network.description == "10.1.0.0/16")
        #expect(IPPrefix("10.1.2.3/33") == nil)
        #expect(IPPrefix("10.0.0.0/8")?.contains(IPAddress(10, 255, 0, 1)) == true)
        #expect(IPPrefix("10.0.0.0/8")?.contains(IPAddress(11, 0, 0, 1)) == false)
        let inner = try #require(IPPrefix("10.9.0.0/16"))
        #expect(IPPrefix("10.0.0.0/8")?.overlaps(inner) == true)
        #expect(IPAddress(10, 0, 0, 2) < IPAddress(10, 0, 0, 10))
    }
}

@Suite(.serialized, .enabled(if: Scratch.isPrivileged, "needs root"))
struct NetlinkSerialTests {
    @Test func aNamespaceGetsLinksAddressesAndRoutes() throws {
        try Scratch.with { base in
            let path = "\(base)/net"
            try Namespaces.pin(.network, at: path)
            defer { try? Namespaces.unpin(path) }
            try Namespaces.pin(.network, at: "\(base)/other")
            defer { try? Namespaces.unpin("\(base)/other") }
            let namespace = try Namespaces.open(path, .network)
            let other = try Namespaces.open("\(base)/other", .network)
            let socket = try NetlinkSocket(in: namespace)
            try socket.addBridge("br0", LinkChange(up: true))
            try socket.addVeth("v0", peer: LinkChange(name: "eth0", namespace: other))
            let bridge = try #require(try socket.link("br0"))
            let port = try #require(try socket.link("v0"))
            #expect(bridge.kind == "bridge" && port.kind == "veth")
            try socket.setLink(port.index, LinkChange(up: true, masterIndex: bridge.index, mtu: 1400))
            try socket.setHairpin(port.index, true)
            let changed = try #require(try socket.link("v0"))
            #expect(changed.isUp && changed.masterIndex == bridge.index && changed.mtu == 1400)
            try socket.addAddress(try #require(IPPrefix("10.77.0.1/24")), to: bridge.index)
            let addresses = try socket.addresses().map(\.prefix.description)
            #expect(addresses.contains("10.77.0.1/24"))
            try socket.addRoute(Route(destination: IPPrefix("10.78.0.0/16"), kind: .unreachable))
            try socket.addRoute(Route(gateway: IPAddress(10, 77, 0, 254), linkIndex: bridge.index))
            let routes = try socket.routes()
            #expect(routes.contains { $0.destination == IPPrefix("10.78.0.0/16") && $0.kind == .unreachable })
            #expect(routes.contains { $0.destination == nil && $0.gateway == IPAddress(10, 77, 0, 254) })
            let again = #expect(throws: LinuxError.self) { try socket.addBridge("br0") }
            #expect(again?.code == .alreadyExists)
            try socket.addNeighbour(IPAddress(10, 77, 0, 9), hardwareAddress: [2, 0, 0, 0, 0, 9], on: bridge.index)
            try socket.removeNeighbour(IPAddress(10, 77, 0, 9), on: bridge.index)
            let peer = try NetlinkSocket(in: other)
            let inside = try #require(try peer.link("eth0"))
            #expect(!inside.isUp)
            try peer.setLink(inside.index, LinkChange(name: "eth1", up: true, hardwareAddress: [2, 0, 0, 0, 0, 1]))
            let renamed = try peer.links().map(\.name).sorted()
            #expect(renamed == ["eth1", "lo"])
            try socket.removeLink(port.index)
            let gone = try peer.link("eth1")
            #expect(gone == nil)
        }
    }

    @Test func onlyNamespaceFilesAreOpenedAsSuch() throws {
        try Scratch.with { base in
            try File.write("\(base)/file", [])
            #expect(throws: LinuxError.self) { try Namespaces.open("\(base)/file", .network) }
            #expect(throws: LinuxError.self) { try Namespaces.open("/proc/self/ns/uts", .network) }
        }
    }

    @Test func threadsEnterAndTheCallerStays() throws {
        try Scratch.with { base in
            try Namespaces.pin(.uts, at: "\(base)/uts")
            defer { try? Namespaces.unpin("\(base)/uts") }
            let namespace = try Namespaces.open("\(base)/uts", .uts)
            let inside = try Namespaces.inside(namespace, .uts) { try File.readLink("/proc/thread-self/ns/uts") }
            let outside = try File.readLink("/proc/thread-self/ns/uts")
            #expect(inside != outside)
        }
    }
}
