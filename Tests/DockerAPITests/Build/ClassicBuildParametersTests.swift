import HTTPService
import OCI
import Testing

@testable import Builder
@testable import DockerAPI

@Suite struct ClassicBuildParametersTests {
    private func read(_ query: String) throws -> ClassicBuildParameters {
        try ClassicBuildParameters(QueryItems(query: "/build?" + query))
    }

    @Test("what the docker command line sends is understood") func commandLine() throws {
        let parameters = try read(
            "buildargs=%7B%22A%22%3A%221%22%2C%22B%22%3Anull%7D&dockerfile=sub%2FDockerfile&labels=%7B%22l%22%3A%22v%22%7D"
                + "&networkmode=default&nocache=1&pull=1&rm=1&t=one%3A1&t=two&target=stage&version=1&shmsize=0"
                + "&memory=0&ulimits=%5B%5D&cachefrom=%5B%5D&cgroupparent=&extrahosts=a%3A1.2.3.4")
        let request = parameters.request
        #expect(request.arguments["A"] == .some("1"))
        #expect(request.arguments["B"] == .some(nil))
        #expect(request.dockerfilePath == "sub/Dockerfile")
        #expect(request.labels == ["l": "v"])
        #expect(request.ignoresCache && request.pullsBases)
        #expect(request.tags.map(\.familiar) == ["one:1", "two"])
        #expect(request.target == "stage")
        #expect(request.extraHosts == ["a:1.2.3.4"])
        #expect(request.network == .sandbox)
        #expect(!parameters.isQuiet)
    }

    @Test(
        "options without effect here are refused by name",
        arguments: [
            "memory=1000000", "squash=1", "ulimits=%5B%7B%22Name%22%3A%22nofile%22%7D%5D", "remote=http%3A%2F%2Fx",
        ])
    func unsupported(query: String) throws {
        let name = String(query.prefix { $0 != "=" })
        let error = #expect(throws: EngineError.self) { try read(query) }
        #expect(error?.code == .notImplemented)
        #expect(error?.message.contains(name) == true)
    }

    @Test(
        "broken values are refused",
        arguments: ["buildargs=x", "buildargs=%5B%5D", "labels=%7B%22a%22%3A1%7D", "t=A%3AB"])
    func broken(query: String) {
        #expect(throws: (any Error).self) { try read(query) }
    }

    @Test("networks have docker's words") func networks() throws {
        #expect(try read("networkmode=none").request.network == .none)
        #expect(try read("networkmode=host").request.network == .host)
        #expect(try read("networkmode=mine").request.network == .named("mine"))
    }
}
