import Document
import Effects
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Images
import NIOCore
import OCI
import Runtime
import SystemLinux
import Volumes

/// What the engine says about itself: ping, version, info, disk use.
struct SystemRoutes: RouteGroup {
    let dependencies: DockerAPI.Dependencies
    private var engine: EngineInfo { dependencies.engine }

    init(dependencies: DockerAPI.Dependencies) {
        self.dependencies = dependencies
    }

    func add(to router: Router<ServiceContext>) {
        router.get("/_ping") { _, _ in ping(body: "OK") }
        router.head("/_ping") { _, _ in ping(body: "") }
        router.get("/version") { _, _ in Response.json(version) }
        router.get("/info") { _, _ in Response.json(try await info()) }
        router.get("/system/df") { _, _ in Response.json(try await diskUse()) }
        // Swarm is another product; clients ask to find out whether it is there.
        for path in ["/swarm", "/nodes", "/services", "/tasks", "/secrets", "/configs"] {
            router.get(RouterPath(path)) { _, _ -> Response in
                throw EngineError(.unavailable, "This node is not a swarm manager; skiff schedules with Kubernetes")
            }
        }
        router.get("/plugins") { _, _ in Response.json([]) }
    }

    private func ping(body: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/plain; charset=utf-8", .cacheControl: "no-cache, no-store, must-revalidate",
                .pragma: "no-cache", .swarm: "inactive",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body))
        )
    }

    private var version: JSONValue {
        [
            "Platform": ["Name": .string("skiff (cluster \(engine.cluster))")],
            "Components": [
                [
                    "Name": "Engine", "Version": .string(engine.version),
                    "Details": [
                        "ApiVersion": .string(EngineInfo.apiVersion.description),
                        "Arch": .string(engine.goArchitecture),
                        "MinAPIVersion": .string(EngineInfo.minimumAPIVersion.description), "Os": "linux",
                        "KernelVersion": .string(engine.kernelVersion), "GitCommit": "", "GoVersion": "",
                        "BuildTime": "", "Experimental": "false",
                    ],
                ]
            ],
            "Version": .string(engine.version), "ApiVersion": .string(EngineInfo.apiVersion.description),
            "MinAPIVersion": .string(EngineInfo.minimumAPIVersion.description), "GitCommit": "", "GoVersion": "",
            "Os": "linux", "Arch": .string(engine.goArchitecture), "KernelVersion": .string(engine.kernelVersion),
            "BuildTime": "",
        ]
    }

    private func info() async throws -> JSONValue {
        let states = dependencies.runtime.list().map(\.record.state.phase)
        let images = try await dependencies.images.list().count
        var out: JSONObject = [
            "ID": .string(engine.id), "Containers": .integer(Int64(states.count)),
            "ContainersRunning": .integer(Int64(states.filter { $0 == .running }.count)),
            "ContainersPaused": .integer(Int64(states.filter { $0 == .paused }.count)),
            "ContainersStopped": .integer(Int64(states.filter { $0 != .running && $0 != .paused }.count)),
            "Images": .integer(Int64(images)), "Driver": "overlay2",
            "DriverStatus": [["Backing Filesystem", "overlay"]],
            "Plugins": [
                "Volume": ["local"], "Network": ["bridge", "host", "null"], "Authorization": .null,
                "Log": ["json-file", "none"],
            ],
        ]
        for feature in [
            "MemoryLimit", "SwapLimit", "CpuCfsPeriod", "CpuCfsQuota", "CPUShares", "CPUSet", "PidsLimit",
            "IPv4Forwarding", "OomKillDisable",
        ] {
            out[feature] = true
        }
        out["BridgeNfIptables"] = false
        out["BridgeNfIp6tables"] = false
        out["Debug"] = false
        out["NFd"] = 0
        out["NGoroutines"] = 0
        out["SystemTime"] = .string(dependencies.effects.now.rfc3339Nano)
        out["LoggingDriver"] = "json-file"
        out["CgroupDriver"] = "cgroupfs"
        out["CgroupVersion"] = .string(engine.cgroupVersion)
        out["NEventsListener"] = 0
        appendHost(to: &out)
        return .object(out)
    }

    private func appendHost(to out: inout JSONObject) {
        out["KernelVersion"] = .string(engine.kernelVersion)
        out["OperatingSystem"] = .string(engine.operatingSystem)
        out["OSVersion"] = ""
        out["OSType"] = "linux"
        out["Architecture"] = .string(engine.architecture)
        out["IndexServerAddress"] = "https://index.docker.io/v1/"
        out["RegistryConfig"] = [
            "AllowNondistributableArtifactsCIDRs": .null, "AllowNondistributableArtifactsHostnames": .null,
            "InsecureRegistryCIDRs": ["127.0.0.0/8"], "IndexConfigs": [:], "Mirrors": .null,
        ]
        out["NCPU"] = .integer(Int64(engine.cpuCount))
        out["MemTotal"] = .integer(engine.memoryBytes)
        out["GenericResources"] = .null
        out["DockerRootDir"] = .string(engine.stateDirectory)
        out["HttpProxy"] = ""
        out["HttpsProxy"] = ""
        out["NoProxy"] = ""
        out["Name"] = .string(engine.hostname)
        out["Labels"] = []
        out["ExperimentalBuild"] = false
        out["ServerVersion"] = .string(engine.version)
        out["Runtimes"] = ["skiff": ["path": "skiff"]]
        out["DefaultRuntime"] = "skiff"
        out["Swarm"] = [
            "NodeID": "", "NodeAddr": "", "LocalNodeState": "inactive", "ControlAvailable": false, "Error": "",
            "RemoteManagers": .null,
        ]
        out["LiveRestoreEnabled"] = true
        out["Isolation"] = ""
        out["InitBinary"] = "skiff"
        out["ContainerdCommit"] = ["ID": "", "Expected": ""]
        out["RuncCommit"] = ["ID": "", "Expected": ""]
        out["InitCommit"] = ["ID": "", "Expected": ""]
        out["SecurityOptions"] = ["name=seccomp,profile=builtin"]
        out["Warnings"] = .null
    }

    private func diskUse() async throws -> JSONValue {
        let runtime = dependencies.runtime
        let volumes = dependencies.volumes
        let images = try await dependencies.images.list()
        let names = try await ImageNames(dependencies.images)
        let now = dependencies.effects.now
        let measured = try await BlockingPool.shared.run { volumes.list().map { ($0, volumes.sizeBytes(of: $0)) } }
        let volumeItems: [JSONValue] = measured.map { volume, size in
            var item = VolumeRoutes.view(volume)
            let users = runtime.volumeUsers(volume.name).count
            item["UsageData"] = ["Size": .integer(size), "RefCount": .integer(Int64(users))]
            return .object(item)
        }
        let imageItems: [JSONValue] = images.map { image in
            [
                "Id": .string("\(image.id)"), "ParentId": "",
                "RepoTags": .array(image.references.map { .string($0.familiar) }), "RepoDigests": [],
                "Created": .integer(image.storedAt.seconds), "Size": .integer(image.sizeBytes), "SharedSize": 0,
                "Labels": .null, "Containers": .integer(Int64(runtime.imageUsers("\(image.id)").count)),
            ]
        }
        return [
            "LayersSize": .integer(images.reduce(0) { $0 + $1.sizeBytes }), "Images": .array(imageItems),
            "Containers": .array(
                runtime.list().map { .object(ContainerView.listItem($0, names: names, now: now)) }
            ),
            "Volumes": .array(volumeItems), "BuildCache": [],
        ]
    }
}

extension HTTPField.Name {
    static let pragma = HTTPField.Name("Pragma") ?? .server
    static let swarm = HTTPField.Name("Swarm") ?? .server
}
