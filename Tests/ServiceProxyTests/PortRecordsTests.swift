import Effects
import NFTables
import SystemLinux
import Testing

@testable import ServiceProxy

@Suite struct PortRecordsTests {
    @Test func whatIsSavedIsLoaded() throws {
        let path = "/tmp/skiff-ports-\(Effects.live.hexID().prefix(12)).json"
        let records = PortRecords(path: path)
        #expect(records.load() == [])
        let port = PublishedPort(
            container: "c1", hostAddress: .any, hostPort: 8000, transport: .udp, containerPort: 80)
        let entry = PortRecords.Entry(container: "c1", target: IPv4Address(10, 1, 0, 2), ports: [port])
        try records.save([entry])
        #expect(records.load() == [entry])
        try File.write(path, Array("[{\"container\": 1}, nonsense".utf8))
        #expect(records.load() == [])
        try File.remove(path)
    }
}
