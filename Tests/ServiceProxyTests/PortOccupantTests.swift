import NFTables
import SystemLinux
import Testing

@testable import ServiceProxy

@Suite struct PortOccupantTests {
    private let table = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
           1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0
           2: 0100007F:1F40 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0
        """

    @Test func findsListenersOnTheAddressOrOnAll() {
        #expect(PortOccupant.sockets(in: table, on: Frontend(.loopback, .tcp, 8000)) == ["socket:[4711]"])
        #expect(PortOccupant.sockets(in: table, on: Frontend(.loopback, .tcp, 80)) == ["socket:[4712]"])
        #expect(PortOccupant.sockets(in: table, on: Frontend(.any, .tcp, 8000)) == ["socket:[4711]"])
        #expect(PortOccupant.sockets(in: table, on: Frontend(IPv4Address(10, 0, 0, 1), .tcp, 8000)) == [])
    }

    @Test func aBusyPortNamesItsHolder() throws {
        let socket = try InternetSocket.bind(.tcp, IPAddress(127, 0, 0, 1), port: 0)
        try InternetSocket.listen(socket)
        let port = try InternetSocket.port(of: socket)
        let error = #expect(throws: ServiceProxyError.self) {
            try HeldPort.take(Frontend(.loopback, .tcp, port), in: nil)
        }
        #expect(error?.code == .portInUse)
        #expect(error?.message.contains("127.0.0.1:\(port)/tcp is already in use by") == true)
        #expect(error?.message.contains("pid") == true)
    }

    @Test func aHeldPortIsTakenOnce() throws {
        let held = try HeldPort.take(Frontend(.loopback, .udp, 0), in: nil)
        #expect(held.frontend.port != 0)
        #expect(throws: ServiceProxyError.self) { try HeldPort.take(held.frontend, in: nil) }
    }

    @Test func anAddressOfNobodyIsSaidSo() {
        let error = #expect(throws: ServiceProxyError.self) {
            try HeldPort.take(Frontend(IPv4Address(192, 0, 2, 99), .tcp, 0), in: nil)
        }
        #expect(error?.code == .addressNotAvailable)
    }
}
