import Testing

@testable import Builder

@Suite struct SyntaxParserTests {
    @Test("the tree of each golden Dockerfile is as recorded", arguments: Golden.cases(in: "syntax"))
    func tree(name: String) throws {
        let source = try DockerfileSource(name: "Dockerfile", bytes: Golden.input(name, in: "syntax"))
        try Golden.check(Dump.tree(SyntaxParser.parse(source)), name, in: "syntax")
    }

    @Test("each broken Dockerfile fails with the recorded message", arguments: Golden.cases(in: "errors"))
    func failure(name: String) throws {
        let bytes = try Golden.input(name, in: "errors")
        do {
            let source = try DockerfileSource(name: "Dockerfile", bytes: bytes)
            let dockerfile = try DockerfileParser.parse(source)
            let graph = try GraphPlanner.plan(dockerfile, target: nil, arguments: BuildArguments())
            _ = try StagePlanner.plan(
                dockerfile.stages[graph.target], of: dockerfile, on: .init(), graph: graph, arguments: BuildArguments())
            Issue.record("\(name) was accepted")
        } catch {
            try Golden.check(error.description + "\n", name, in: "errors")
        }
    }

    @Test("golden folders are found") func goldensExist() {
        #expect(Golden.cases(in: "syntax").count >= 8)
        #expect(Golden.cases(in: "errors").count >= 20)
    }

    @Test("a byte order mark and CRLF line ends are dropped") func lineEnds() throws {
        let source = try DockerfileSource(
            name: "D", bytes: [0xEF, 0xBB, 0xBF] + Array("FROM a\r\nRUN b\\\r\n c\r\n".utf8))
        let tree = try SyntaxParser.parse(source)
        #expect(tree.instructions.map(\.text) == ["FROM a", "RUN b c"])
    }

    @Test("a line above the limit is refused with its number") func longLine() throws {
        let text = "FROM a\nRUN " + String(repeating: "x", count: 70_000)
        #expect(throws: BuilderError.self) { try FrontEnd.source(text) }
    }

    @Test("mutated Dockerfiles never crash the parser") func mutation() throws {
        let seeds = try Golden.cases(in: "syntax").map { try Golden.input($0, in: "syntax") }
        var state: UInt64 = 42
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(max(1, bound)))
        }
        let noise = Array("\\`\"'$${}[]<<-EOF#=\n\t ,:/*?é".utf8)
        for round in 0..<4_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0...next(6) {
                let index = next(bytes.count + 1)
                switch next(3) {
                case 0 where index < bytes.count: bytes.remove(at: index)
                case 1 where index < bytes.count: bytes[index] = UInt8(truncatingIfNeeded: next(256))
                default: bytes.insert(noise[next(noise.count)], at: index)
                }
            }
            guard let source = try? DockerfileSource(name: "D", bytes: bytes),
                let dockerfile = try? DockerfileParser.parse(source),
                let graph = try? GraphPlanner.plan(dockerfile, target: nil, arguments: BuildArguments())
            else { continue }
            for index in graph.needed {
                _ = try? StagePlanner.plan(
                    dockerfile.stages[index], of: dockerfile, on: .init(), graph: graph, arguments: BuildArguments())
            }
        }
    }
}
