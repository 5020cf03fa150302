import Cluster
import Document
import Testing

@testable import Node

@Suite struct EnvironmentTests {
    private func pod(_ container: JSONValue) -> PodSpec {
        PodSpec(
            uid: "u1", namespace: "shop", name: "web-1",
            value: [
                "metadata": ["labels": ["app": "web"], "annotations": ["note": "say \"hi\""]],
                "spec": ["serviceAccountName": "bob", "containers": [container]],
            ])
    }

    private func variables(
        _ container: JSONValue, configMaps: [String: [String: String]] = [:], secrets: [String: [String: String]] = [:],
        services: [EnvironmentVariable] = []
    ) throws -> [String: String] {
        let spec = pod(container)
        let references = ReferenceReader(
            configMap: { configMaps[$0]?.mapValues { Array($0.utf8) } },
            secret: { secrets[$0]?.mapValues { Array($0.utf8) } })
        let fields = DownwardField(
            spec: spec, nodeName: "n1", hostIP: "10.88.0.1", addresses: ["10.88.1.2"], allocatable: ["cpu": "4"])
        let environment = ContainerEnvironment(
            spec: spec, container: spec.containers[0], services: services, references: references, fields: fields)
        let list = try environment.variables()
        #expect(Set(list.map(\.name)).count == list.count, "each name once")
        return Dictionary(uniqueKeysWithValues: list.map { ($0.name, $0.value) })
    }

    @Test(arguments: [
        ("plain", "plain"), ("$(A)", "1"), ("x$(A)y$(B)z", "x1y2z"), ("$$(A)", "$(A)"), ("$(C)", "$(C)"),
        ("$(A", "$(A"),
        ("$", "$"), ("$A", "$A"), ("$$$(A)", "$1"), ("", ""),
    ])
    func referencesExpand(_ text: String, _ expected: String) {
        let known = ["A": "1", "B": "2"]
        #expect(VariableExpansion.expand(text) { known[$0] } == expected)
    }

    @Test func laterSourcesWin() throws {
        let found = try variables(
            [
                "name": "c",
                "envFrom": [["configMapRef": ["name": "cm"]], ["prefix": "P_", "secretRef": ["name": "s"]]],
                "env": [["name": "B", "value": "env"]],
            ],
            configMaps: ["cm": ["A": "cm", "B": "cm"]], secrets: ["s": ["K": "secret"]],
            services: [EnvironmentVariable("A", "service"), EnvironmentVariable("S", "service")])
        #expect(found == ["HOSTNAME": "web-1", "A": "cm", "B": "env", "P_K": "secret", "S": "service"])
    }

    @Test func valuesMayNameEarlierVariables() throws {
        let found = try variables([
            "name": "c",
            "env": [
                ["name": "A", "value": "1"], ["name": "B", "value": "$(A)$(LATER)"], ["name": "LATER", "value": "x"],
            ],
        ])
        #expect(found["B"] == "1$(LATER)")
    }

    @Test func fieldsOfThePod() throws {
        func field(_ path: String) -> JSONValue {
            ["name": .string("V"), "valueFrom": ["fieldRef": ["fieldPath": .string(path)]]]
        }
        let expected = [
            "metadata.name": "web-1", "metadata.namespace": "shop", "metadata.uid": "u1", "spec.nodeName": "n1",
            "spec.serviceAccountName": "bob", "status.hostIP": "10.88.0.1", "status.podIP": "10.88.1.2",
            "metadata.labels['app']": "web", "metadata.annotations['note']": "say \"hi\"",
        ]
        for (path, value) in expected {
            #expect(try variables(["name": "c", "env": [field(path)]])["V"] == value)
        }
        #expect(throws: NodeError.self) { try variables(["name": "c", "env": [field("spec.magic")]]) }
    }

    @Test(arguments: [
        ("limits.cpu", "1", "2"), ("limits.cpu", "1m", "1500"), ("requests.memory", "1Mi", "64"),
        ("requests.cpu", "1", "0"), ("limits.memory", "1", "67108864"),
    ])
    func resourcesAreDividedAndRoundedUp(_ resource: String, _ divisor: String, _ expected: String) throws {
        let found = try variables([
            "name": "c",
            "resources": ["limits": ["cpu": "1500m", "memory": "64Mi"], "requests": ["memory": "64Mi"]],
            "env": [
                [
                    "name": "V",
                    "valueFrom": [
                        "resourceFieldRef": ["resource": .string(resource), "divisor": .string(divisor)]
                    ],
                ]
            ],
        ])
        #expect(found["V"] == expected)
    }

    @Test func anUnsetLimitIsWhatTheNodeGives() throws {
        let found = try variables([
            "name": "c",
            "env": [["name": "V", "valueFrom": ["resourceFieldRef": ["resource": "limits.cpu"]]]],
        ])
        #expect(found["V"] == "4")
    }

    @Test func whatIsMissingIsNamed() {
        let container: JSONValue = [
            "name": "c",
            "env": [["name": "V", "valueFrom": ["configMapKeyRef": ["name": "cm", "key": "k"]]]],
        ]
        let missingMap = #expect(throws: NodeError.self) { try variables(container) }
        #expect(missingMap?.message == "configmap \"cm\" not found")
        let missingKey = #expect(throws: NodeError.self) { try variables(container, configMaps: ["cm": [:]]) }
        #expect(missingKey?.message == "couldn't find key k in configmap shop/cm")
    }

    @Test func whatIsOptionalMayBeMissing() throws {
        let found = try variables([
            "name": "c",
            "envFrom": [["secretRef": ["name": "s", "optional": true]]],
            "env": [["name": "V", "valueFrom": ["secretKeyRef": ["name": "s", "key": "k", "optional": true]]]],
        ])
        #expect(found == ["HOSTNAME": "web-1"])
    }

    @Test func servicesHaveTheirVariables() {
        let spec: JSONValue = [
            "clusterIP": "10.96.0.7", "ports": [["port": 80, "name": "http"], ["port": 53, "protocol": "UDP"]],
        ]
        let found = ServiceEnvironment.variables(name: "my-web", spec: spec)
        let map = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.value) })
        #expect(map["MY_WEB_SERVICE_HOST"] == "10.96.0.7")
        #expect(map["MY_WEB_SERVICE_PORT"] == "80")
        #expect(map["MY_WEB_SERVICE_PORT_HTTP"] == "80")
        #expect(map["MY_WEB_PORT"] == "tcp://10.96.0.7:80")
        #expect(map["MY_WEB_PORT_53_UDP"] == "udp://10.96.0.7:53")
        #expect(map["MY_WEB_PORT_53_UDP_ADDR"] == "10.96.0.7")
        #expect(ServiceEnvironment.variables(name: "h", spec: ["clusterIP": "None", "ports": [["port": 1]]]).isEmpty)
    }

    @Test func pullSecretsGiveLogins() {
        let config =
            #"{"auths":{"https://registry.example/v1/":{"auth":"Ym9iOnBhOnNz"},"other":{"username":"u","password":"p"}}}"#
        let found = PullSecret.credentials(in: [".dockerconfigjson": Array(config.utf8)])
        #expect(
            found == [
                PodImageCredential(registry: "registry.example", username: "bob", password: "pa:ss"),
                PodImageCredential(registry: "other", username: "u", password: "p"),
            ])
        #expect(PullSecret.credentials(in: [".dockerconfigjson": Array("{".utf8)]).isEmpty)
    }
}
