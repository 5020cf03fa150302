import Document
import Testing

@testable import Cluster

/// Writes protobuf as Go's generated code does, driven by the same numbers; only for tests.
private struct ProtobufWriter {
    var bytes: [UInt8] = []

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func integer(_ number: Int, _ value: Int64) {
        varint(UInt64(number) << 3)
        varint(UInt64(bitPattern: value))
    }

    mutating func bytes(_ number: Int, _ content: [UInt8]) {
        varint(UInt64(number) << 3 | 2)
        varint(UInt64(content.count))
        bytes += content
    }

    mutating func text(_ number: Int, _ text: String) { bytes(number, Array(text.utf8)) }

    mutating func message(_ number: Int, _ fill: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        fill(&inner)
        bytes(number, inner.bytes)
    }

    static func envelope(_ apiVersion: String, _ kind: String, _ fill: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var unknown = ProtobufWriter()
        unknown.message(1) {
            $0.text(1, apiVersion)
            $0.text(2, kind)
        }
        unknown.message(2, fill)
        unknown.text(3, "")
        return ProtobufReader.magic + unknown.bytes
    }
}

@Suite struct ProtobufReaderTests {
    @Test func readsADeploymentAsKubectlSendsIt() throws {
        let bytes = ProtobufWriter.envelope("apps/v1", "Deployment") { deployment in
            deployment.message(1) { metadata in
                metadata.text(1, "web")
                metadata.text(2, "")
                metadata.integer(7, 0)
                metadata.message(8) { _ in }
                metadata.message(11) {
                    $0.text(1, "app")
                    $0.text(2, "web")
                }
            }
            deployment.message(2) { spec in
                spec.integer(1, 0)
                spec.message(2) { selector in
                    selector.message(1) {
                        $0.text(1, "app")
                        $0.text(2, "web")
                    }
                }
                spec.message(3) { template in
                    template.message(2) { pod in
                        pod.message(1) { volume in
                            volume.text(1, "v")
                            volume.message(2) { source in source.message(2) { $0.text(1, "") } }
                        }
                        pod.message(2) { container in
                            container.text(1, "main")
                            container.text(2, "app:1")
                            container.text(3, "sh")
                            container.message(6) { port in
                                port.integer(2, 0)
                                port.integer(3, 8000)
                            }
                            container.message(8) { resources in
                                resources.message(1) { entry in
                                    entry.text(1, "cpu")
                                    entry.message(2) { $0.text(1, "100m") }
                                }
                            }
                            container.message(10) { probe in
                                probe.message(1) { handler in
                                    handler.message(2) { get in
                                        get.text(1, "/")
                                        get.message(2) { port in
                                            port.integer(1, 0)
                                            port.integer(2, 8000)
                                        }
                                    }
                                }
                                probe.integer(2, 5)
                            }
                        }
                        pod.integer(11, 0)
                        pod.integer(4, 0)
                    }
                }
                spec.message(4) { strategy in
                    strategy.text(1, "")
                    strategy.message(2) { rolling in
                        rolling.message(1) { value in
                            value.integer(1, 1)
                            value.text(3, "25%")
                        }
                    }
                }
                spec.integer(5, 0)
            }
        }
        let value = try ProtobufReader().decode(bytes)
        #expect(
            value == [
                "kind": "Deployment", "apiVersion": "apps/v1", "metadata": ["name": "web", "labels": ["app": "web"]],
                "spec": [
                    "replicas": 0, "selector": ["matchLabels": ["app": "web"]],
                    "template": [
                        "spec": [
                            "volumes": [["name": "v", "emptyDir": [:]]],
                            "containers": [
                                [
                                    "name": "main", "image": "app:1", "command": ["sh"],
                                    "ports": [["containerPort": 8000]],
                                    "resources": ["limits": ["cpu": "100m"]],
                                    "livenessProbe": [
                                        "httpGet": ["path": "/", "port": 8000], "initialDelaySeconds": 5,
                                    ],
                                ]
                            ],
                            "terminationGracePeriodSeconds": 0,
                        ]
                    ],
                    "strategy": ["rollingUpdate": ["maxUnavailable": "25%"]],
                ],
            ])
    }

    @Test func bytesTimesAndNegativeNumbersAreRead() throws {
        let secret = ProtobufWriter.envelope("v1", "Secret") { secret in
            secret.message(1) { metadata in
                metadata.text(1, "s")
                metadata.message(9) {
                    $0.integer(1, 1_700_000_000)
                    $0.integer(2, 0)
                }
            }
            secret.message(2) { entry in
                entry.text(1, "k")
                entry.bytes(2, [0, 255])
            }
            secret.text(3, "Opaque")
        }
        #expect(
            try ProtobufReader().decode(secret) == [
                "kind": "Secret", "apiVersion": "v1",
                "metadata": ["name": "s", "deletionTimestamp": "2023-11-14T22:13:20Z"], "data": ["k": "AP8="],
                "type": "Opaque",
            ])
        let toleration = ProtobufWriter.envelope("v1", "Pod") { pod in
            pod.message(2) { spec in spec.message(22) { $0.integer(5, -1) } }
        }
        #expect(try ProtobufReader().decode(toleration)["spec"]?["tolerations"]?[0]?["tolerationSeconds"] == -1)
        let options = ProtobufWriter.envelope("apps/v1", "DeleteOptions") { $0.text(4, "Background") }
        #expect(try ProtobufReader().decode(options)["propagationPolicy"] == "Background")
    }

    @Test func extraUserFieldsAreListsInsideAMap() throws {
        let review = ProtobufWriter.envelope("authorization.k8s.io/v1", "SubjectAccessReview") { review in
            review.message(2) { spec in
                spec.message(5) { entry in
                    entry.text(1, "scopes")
                    entry.message(2) {
                        $0.text(1, "a")
                        $0.text(1, "b")
                    }
                }
            }
        }
        #expect(try ProtobufReader().decode(review)["spec", "extra"] == ["scopes": ["a", "b"]])
    }

    @Test func damagedBodiesAreRefusedNotTrusted() throws {
        let good = ProtobufWriter.envelope("v1", "ConfigMap") { map in
            map.message(1) { $0.text(1, "a") }
            map.message(2) {
                $0.text(1, "k")
                $0.text(2, "v")
            }
        }
        #expect(throws: ClusterError.self) { try ProtobufReader().decode(Array("{}".utf8)) }
        #expect(throws: ClusterError.self) {
            try ProtobufReader().decode(ProtobufWriter.envelope("v1", "Nothing") { _ in })
        }
        for length in 4..<good.count {
            // Every cut either fails or gives less; it never crashes.
            _ = try? ProtobufReader().decode(Array(good.prefix(length)))
        }
        for index in 4..<good.count {
            var flipped = good
            flipped[index] ^= 0xFF
            _ = try? ProtobufReader().decode(flipped)
        }
    }

    @Test func bodiesAreReadByMediaType() throws {
        let yaml = try ObjectBody(
            bytes: Array("metadata:\n  name: a\n".utf8), mediaType: "application/yaml", apiVersion: "v1",
            kind: "ConfigMap")
        #expect(yaml.value == ["kind": "ConfigMap", "apiVersion": "v1", "metadata": ["name": "a"]])
        let event = try ObjectBody(
            bytes: Array(#"{"regarding":{"name":"p"},"note":"hi"}"#.utf8), mediaType: "",
            apiVersion: "events.k8s.io/v1", kind: "Event")
        #expect(event.value["involvedObject", "name"] == "p" && event.value["message"] == "hi")
        #expect(event.value["apiVersion"] == "v1")
        for (text, type, reason) in [
            ("{", "application/json", Status.Reason.badRequest), ("a: 1\n---\nb: 2\n", "application/yaml", .badRequest),
            ("{}", "text/plain", .unsupportedMediaType),
        ] {
            #expect {
                try ObjectBody(bytes: Array(text.utf8), mediaType: type, apiVersion: "v1", kind: "Pod")
            } throws: {
                ($0 as? ClusterError)?.code == reason
            }
        }
    }
}
