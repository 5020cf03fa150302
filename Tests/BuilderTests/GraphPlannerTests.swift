import Testing

@testable import Builder

@Suite struct GraphPlannerTests {
    static let stages = """
        ARG VERSION=1
        FROM golang:${VERSION} AS build
        RUN make
        FROM alpine AS unused
        RUN --mount=type=bind,from=build,target=/x true
        FROM build AS tested
        RUN test
        FROM scratch
        COPY --from=build /out /
        COPY --from=busybox /bin/sh /sh
        """

    @Test("only stages that the target needs are built, dependencies first") func needed() throws {
        #expect(try FrontEnd.graph(Self.stages).needed == [0, 3])
        #expect(try FrontEnd.graph(Self.stages, target: "tested").needed == [0, 2])
        #expect(try FrontEnd.graph(Self.stages, target: "UNUSED").needed == [0, 1])
        #expect(try FrontEnd.graph(Self.stages, target: "0").needed == [0])
    }

    @Test("global ARGs expand in FROM and build arguments win") func globals() throws {
        #expect(try FrontEnd.graph(Self.stages).nodes[0].base == .image("golang:1"))
        #expect(try FrontEnd.graph(Self.stages, arguments: ["VERSION": "2"]).nodes[0].base == .image("golang:2"))
    }

    @Test("a stage's name shadows an image only for later stages") func shadowing() throws {
        let graph = try FrontEnd.graph("FROM alpine AS alpine\nFROM alpine\n")
        #expect(graph.nodes[0].base == .image("alpine"))
        #expect(graph.nodes[1].base == .stage(0))
    }

    @Test("the graph of a whole file is as recorded") func golden() throws {
        try Golden.check(Dump.graph(FrontEnd.graph(Self.stages)), "stages", in: "graph")
    }

    @Test("an unknown target gets a suggestion") func unknownTarget() {
        let error = #expect(throws: BuilderError.self) { try FrontEnd.graph(Self.stages, target: "tseted") }
        #expect(error?.message.contains("did you mean tested?") == true)
    }
}
