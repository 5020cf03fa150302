import Document
import Testing

@testable import Clients

@Suite struct DaemonWireTests {
    @Test func requestsAreWrittenWithEscapedPathAndQuery() {
        let request = DaemonRequest(
            "POST", "/containers/a b/json", query: [("filters", #"{"a":["b"]}"#), ("t", "x"), ("t", "y")],
            headers: [("X-Odd", "line\r\nbreak")], body: .bytes([1, 2], contentType: "application/json"))
        let text = String(decoding: RequestEncoding.head(of: request, prefix: "/v1.47", upgrade: false), as: UTF8.self)
        #expect(
            text.hasPrefix(
                "POST /v1.47/containers/a%20b/json?filters=%7B%22a%22%3A%5B%22b%22%5D%7D&t=x&t=y HTTP/1.1\r\n"))
        #expect(text.contains("\r\nX-Odd: linebreak\r\n"))
        #expect(text.contains("\r\nContent-Length: 2\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
    }

    @Test func aStreamedBodyIsChunkedAndAnUpgradeIsAskedFor() {
        let stream = DaemonRequest("POST", "/build", body: .stream(contentType: "application/x-tar") { nil })
        let chunked = String(decoding: RequestEncoding.head(of: stream, prefix: "", upgrade: false), as: UTF8.self)
        #expect(chunked.contains("Transfer-Encoding: chunked"))
        let raw = DaemonRequest("POST", "/exec/1/start")
        let upgrade = String(decoding: RequestEncoding.head(of: raw, prefix: "", upgrade: true), as: UTF8.self)
        #expect(upgrade.contains("Connection: Upgrade\r\nUpgrade: tcp\r\n"))
    }

    @Test func headsAreReadAndBrokenOnesRefused() throws {
        let head = try ResponseDecoding.head(
            Array("HTTP/1.1 404 Not Found\r\nContent-Type:  text/x\r\nA: b\r\n\r\n".utf8)[...])
        #expect(head.status == 404)
        #expect(head.header("content-TYPE") == "text/x")
        for bad in ["", "SSH-2.0-x\r\n", "HTTP/1.1 abc\r\n", "HTTP/1.1 200 OK\r\nnocolon\r\n"] {
            #expect(throws: DaemonError.self, "\(bad)") { try ResponseDecoding.head(Array(bad.utf8)[...]) }
        }
    }

    @Test func errorTextsComeFromTheMessageOrTheBody() {
        #expect(ResponseDecoding.message(of: Array(#"{"message":"no"}"#.utf8), status: 500) == "no")
        #expect(ResponseDecoding.message(of: Array("plain\nrest".utf8), status: 500) == "plain")
        #expect(ResponseDecoding.message(of: [], status: 500).contains("500"))
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func objectsAreCutOutOfAStreamHoweverItArrives(pieceBytes: Int) throws {
        let text = #"{"a":"}{\"","b":[{}]}"# + "\r\n" + #" {"c":1}[2] x {"d"#
        var splitter = JSONSplitter()
        var found: [String] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let objects = try splitter.append(Array(rest.prefix(pieceBytes)))
            found += objects.map { String(decoding: $0, as: UTF8.self) }
            rest = rest.dropFirst(pieceBytes)
        }
        #expect(found == [#"{"a":"}{\"","b":[{}]}"#, #"{"c":1}"#, "[2]"])
    }

    @Test(arguments: [1, 3, 8, 100])
    func framesAreCutApartHoweverTheyArrive(pieceBytes: Int) throws {
        let stream: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 3, 65, 66, 67, 2, 0, 0, 0, 0, 0, 0, 1, 68, 1, 0, 0, 0, 0, 0, 0, 0]
        var demultiplexer = StreamDemultiplexer()
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var rest = stream[...]
        while !rest.isEmpty {
            for piece in try demultiplexer.append(Array(rest.prefix(pieceBytes))) {
                if piece.channel == .output { output += piece.bytes } else { errors += piece.bytes }
            }
            rest = rest.dropFirst(pieceBytes)
        }
        #expect(output == [65, 66, 67])
        #expect(errors == [68])
        var broken = StreamDemultiplexer()
        #expect(throws: DaemonError.self) { _ = try broken.append([9, 0, 0, 0, 0, 0, 0, 1]) }
    }

    @Test func clusterNamesAndPathsAreChecked() throws {
        let location = try ClusterLocation(name: "demo-1")
        #expect(location.stateDirectory == "/var/lib/skiff/demo-1")
        #expect(location.dockerSocket == "/run/skiff/demo-1/docker.sock")
        for name in ["", "-x", "Up", "a/b", String(repeating: "a", count: 41)] {
            #expect(throws: DaemonError.self, "\(name)") { try ClusterLocation(name: name) }
        }
        #expect(throws: DaemonError.self) {
            try ClusterLocation(name: "a", runRoot: "/" + String(repeating: "x", count: 100))
        }
    }

    @Test func nobodyListeningIsSaidWithWhatToDo() {
        let client = DaemonClient(socketPath: "/nonexistent/docker.sock")
        let error = #expect(throws: DaemonError.self) { try client.send(DaemonRequest("GET", "/_ping")) }
        #expect(error?.code == .notReachable)
        #expect(error?.message.contains("skiff up") == true)
        #expect(!client.isReachable)
    }
}
