import Document
import OCI
import Testing

@testable import Runtime

@Suite struct ContainerRequestTests {
    private func request(_ text: String) throws -> ContainerRequest {
        try ContainerRequest(json: try JSONReader.parse(text))
    }

    @Test func anUnknownFieldThatIsSetIsRefusedByName() throws {
        let error = #expect(throws: RuntimeError.self) {
            try request(#"{"Image":"a","HostConfig":{"DeviceRequests":[{"Driver":"nvidia"}]}}"#)
        }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("HostConfig.DeviceRequests") == true)
    }

    @Test func unknownFieldsThatAreEmptyAreAccepted() throws {
        let text =
            #"{"Image":"a","HostConfig":{"DeviceRequests":null,"Cgroup":"","KernelMemory":0,"Links":[],"StorageOpt":{}}}"#
        #expect(try request(text).image == "a")
    }

    @Test func aWrongTypeNamesItsField() throws {
        let error = #expect(throws: RuntimeError.self) { try request(#"{"Image":"a","HostConfig":{"Memory":"lots"}}"#) }
        #expect(error?.message == "HostConfig.Memory must be an integer")
    }

    @Test func whatTheCommandLineSendsIsRead() throws {
        let made = try request(
            #"""
            {"Hostname":"","User":"","AttachStdin":false,"ExposedPorts":{"80/tcp":{}},"Tty":false,"Env":["A=1"],
             "Cmd":["sh"],"Image":"web","Volumes":{},"WorkingDir":"","Entrypoint":null,"Labels":{"x":"y"},
             "HostConfig":{"Binds":["/a:/b:ro"],"PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"8080"}]},
               "RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3},"MemorySwappiness":-1,"PidsLimit":0,
               "ConsoleSize":[24,80],"NetworkMode":"default","Memory":67108864},
             "NetworkingConfig":{"EndpointsConfig":{"default":{"Aliases":null,"IPAMConfig":null}}}}
            """#
        )
        #expect(made.host.portBindings[ContainerPort(port: 80)] == [HostPortRequest(address: "", port: "8080")])
        #expect(made.host.restart == .onFailure(maximumRetryCount: 3))
        #expect(made.host.consoleSize == ConsoleSize(rows: 24, columns: 80))
        #expect(made.host.resources.memoryBytes == 67_108_864)
        #expect(made.labels == ["x": "y"])
    }

    @Test func aRequestSurvivesItsRecord() throws {
        var made = ContainerRequest(image: "web")
        made.command = ["a", "b"]
        made.environment = ["X=1"]
        made.health = HealthCheck()
        made.health?.test = ["CMD", "true"]
        made.health?.retries = 2
        // The record names the driver that an empty wish means.
        made.host.log.driver = "json-file"
        made.host.binds = ["data:/data"]
        made.host.mounts = [MountRequest(kind: .bind, source: "/x", target: "/y", readOnly: true)]
        made.host.tmpfs = ["/run": "size=1m"]
        made.host.portBindings = [
            ContainerPort(port: 53, transport: .udp): [HostPortRequest(address: "127.0.0.1", port: "53")]
        ]
        made.host.restart = .unlessStopped
        made.host.capAdd = ["NET_ADMIN"]
        made.host.maskedPaths = []
        made.host.resources.nanoCPUs = 1_500_000_000
        made.host.resources.blkioThrottle = [BlkioThrottle(kind: .writeBps, path: "/dev/sda", rate: 10)]
        made.host.resources.ulimits = [UlimitRequest(name: "nofile", soft: 10, hard: 20)]
        made.endpoints["net"] = EndpointRequest()
        made.sandboxID = "pod1"
        #expect(try ContainerRequest(json: .object(made.json)) == made)
    }

    @Test func theImageFillsWhatTheRequestLeavesOpen() throws {
        var image = ImageConfig.Execution()
        image.env = ["PATH=/bin", "A=image"]
        image.entrypoint = ["/init"]
        image.cmd = ["serve"]
        image.user = "web"
        image.labels = ["a": "image", "b": "image"]
        image.exposedPorts = ["80/tcp"]
        image.volumes = ["/data"]
        var own = ContainerRequest(image: "x")
        own.environment = ["A=own"]
        own.labels = ["a": "own"]
        let merged = try own.merged(with: image)
        #expect(merged.arguments == ["/init", "serve"])
        #expect(merged.environment == ["A=own", "PATH=/bin"])
        #expect(merged.labels == ["a": "own", "b": "image"])
        #expect(merged.user == "web")
        #expect(merged.exposedPorts == [ContainerPort(port: 80)])
        #expect(merged.volumes == ["/data"])
    }

    @Test func anEntrypointOfTheRequestDropsTheImagesArguments() throws {
        var image = ImageConfig.Execution()
        image.entrypoint = ["/init"]
        image.cmd = ["serve"]
        var own = ContainerRequest(image: "x")
        own.entrypoint = ["/bin/sh"]
        #expect(try own.merged(with: image).arguments == ["/bin/sh"])
        own.entrypoint = [""]
        own.command = ["ls"]
        #expect(try own.merged(with: image).arguments == ["ls"])
        own.entrypoint = [""]
        own.command = nil
        #expect(throws: RuntimeError.self) { try own.merged(with: image) }
    }

    @Test(arguments: [
        (#"{"Image":"a","HostConfig":{"Memory":1024}}"#, "6MB"),
        (#"{"Image":"a","HostConfig":{"AutoRemove":true,"RestartPolicy":{"Name":"always"}}}"#, "--rm"),
        (#"{"Image":"a","HostConfig":{"NanoCpus":900000000000}}"#, "CPUs"),
        (#"{"Image":"a","HostConfig":{"OomScoreAdj":2000}}"#, "2000"),
        (#"{"Image":"a","HostConfig":{"LogConfig":{"Type":"syslog"}}}"#, "syslog"),
        (
            #"{"Image":"a","HostConfig":{"NetworkMode":"host"},"Hostname":"x","MacAddress":"02:00:00:00:00:01"}"#,
            "mac-address"
        ),
        (#"{"Image":"a","StopSignal":"SIGNOPE"}"#, "SIGNOPE"),
        (#"{"Image":""}"#, "image"),
    ])
    func badValuesAreRefusedInClearWords(text: String, word: String) throws {
        let host = HostFacts(cpuCount: 2, cgroupUnified: false, capabilities: [])
        let wish = try request(text)
        let error = #expect(throws: RuntimeError.self) { try RequestValidator.check(wish, host: host) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }
}
