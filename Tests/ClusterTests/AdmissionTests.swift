import Document
import Effects
import Testing

@testable import Cluster

@Suite struct AdmissionTests {
    /// The fields of the causes, sorted.
    private func fields(_ error: ClusterError?) -> [String] {
        (error?.status.details?.causes ?? []).map(\.field).sorted()
    }

    @Test func podsGetTheUsualDefaults() async throws {
        let fixture = try await ClusterFixture()
        var pod = ClusterFixture.pod("p")
        pod["spec", "containers"] = [
            [
                "name": "main", "image": "app:1", "ports": [["containerPort": 80]],
                "resources": ["limits": ["cpu": "1000m", "memory": 1024]],
                "livenessProbe": ["httpGet": ["port": 80]],
            ],
            ["name": "latest", "image": "registry:5000/app"],
        ]
        let spec = try #require(try await fixture.create(.pods, pod).value["spec"])
        #expect(spec["restartPolicy"] == "Always" && spec["dnsPolicy"] == "ClusterFirst")
        #expect(spec["terminationGracePeriodSeconds"] == 30 && spec["schedulerName"] == "default-scheduler")
        #expect(spec["enableServiceLinks"] == true && spec["serviceAccountName"] == "default")
        #expect(spec["tolerations"]?.arrayValue?.count == 2)
        let main = try #require(spec["containers"]?[0])
        #expect(main["imagePullPolicy"] == "IfNotPresent" && main["ports"]?[0]?["protocol"] == "TCP")
        #expect(
            main["resources"] == [
                "limits": ["cpu": "1", "memory": "1024"], "requests": ["cpu": "1", "memory": "1024"],
            ])
        #expect(
            main["livenessProbe"] == [
                "httpGet": ["port": 80, "path": "/", "scheme": "HTTP"], "initialDelaySeconds": 0, "timeoutSeconds": 1,
                "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3,
            ])
        #expect(main["terminationMessagePath"] == "/dev/termination-log")
        #expect(spec["containers"]?[1]?["imagePullPolicy"] == "Always")
        let mount = try #require(main["volumeMounts"]?[0])
        #expect(mount["mountPath"] == "/var/run/secrets/kubernetes.io/serviceaccount")
        #expect(spec["volumes"]?[0]?["name"] == mount["name"])
    }

    @Test func anAccountMayKeepItsTokenToItself() async throws {
        let fixture = try await ClusterFixture()
        var pod = ClusterFixture.pod("p")
        pod["spec", "automountServiceAccountToken"] = false
        #expect(try await fixture.create(.pods, pod).value["spec", "volumes"] == nil)
        pod["metadata", "name"] = "q"
        pod["spec", "serviceAccountName"] = "missing"
        #expect(await clusterError { try await fixture.create(.pods, pod) }?.code == .forbidden)
    }

    @Test func deploymentsGetTheUsualDefaults() async throws {
        let fixture = try await ClusterFixture()
        let spec = try #require(try await fixture.create(.deployments, ClusterFixture.deployment("d")).value["spec"])
        #expect(spec["replicas"] == 1 && spec["revisionHistoryLimit"] == 10 && spec["progressDeadlineSeconds"] == 600)
        #expect(
            spec["strategy"] == [
                "type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": "25%", "maxSurge": "25%"],
            ])
        #expect(spec["template", "spec", "restartPolicy"] == "Always")
    }

    @Test func unknownAndRepeatedFieldsFollowFieldValidation() async throws {
        let fixture = try await ClusterFixture()
        let text = #"{"metadata":{"name":"a"},"data":{"k":"1","k":"2"},"bogus":1,"metadata2":{}}"#
        let body = try ObjectBody(bytes: Array(text.utf8), mediaType: "", apiVersion: "v1", kind: "ConfigMap")
        var context = fixture.context
        let strict = await clusterError {
            try await fixture.store.create(.configMaps, namespace: "default", body: body, context: context)
        }
        #expect(strict?.code == .badRequest)
        #expect(
            strict?.message.hasSuffix(
                "strict decoding error: unknown field \"bogus\", unknown field \"metadata2\", duplicate field \"data.k\""
            ) == true)
        context.fieldValidation = .warn
        let warned = try await fixture.store.create(.configMaps, namespace: "default", body: body, context: context)
        #expect(warned.warnings.count == 3 && warned.object.value["bogus"] == nil)
        #expect(warned.object.value["data"] == ["k": "2"])
        context.fieldValidation = .ignore
        context.dryRun = true
        let other = ObjectBody(["metadata": ["name": "b"], "bogus": 1])
        #expect(
            try await fixture.store.create(.configMaps, namespace: "default", body: other, context: context).warnings
                .isEmpty)
    }

    @Test func wrongTypesAreNamed() async throws {
        let fixture = try await ClusterFixture()
        var deployment = ClusterFixture.deployment("d")
        deployment["spec", "replicas"] = "three"
        let error = await clusterError { try await fixture.create(.deployments, deployment) }
        #expect(error?.message.contains("spec.replicas: expected integer, found string") == true)
        deployment["spec", "replicas"] = 3.0
        #expect(try await fixture.create(.deployments, deployment).value["spec", "replicas"] == 3)
    }

    @Test func fieldsThatAreNotEnforcedAreRefusedAlsoInTemplates() async throws {
        let fixture = try await ClusterFixture()
        var pod = ClusterFixture.pod("p")
        pod["spec", "runtimeClassName"] = "gvisor"
        pod["spec", "volumes"] = [["name": "data", "persistentVolumeClaim": ["claimName": "c"]]]
        let error = await clusterError { try await fixture.create(.pods, pod) }
        #expect(error?.code == .invalid)
        #expect(fields(error) == ["spec.runtimeClassName", "spec.volumes[0].persistentVolumeClaim"])
        #expect(error?.status.details?.causes.allSatisfy { $0.reason == "FieldValueNotSupported" } == true)
        var deployment = ClusterFixture.deployment("d")
        deployment["spec", "template", "spec", "shareProcessNamespace"] = true
        #expect(
            fields(await clusterError { try await fixture.create(.deployments, deployment) })
                == ["spec.template.spec.shareProcessNamespace"])
        // What an absent field means, and what is harmless, passes.
        deployment["spec", "template", "spec", "shareProcessNamespace"] = false
        deployment["spec", "template", "spec", "hostUsers"] = true
        try await fixture.create(.deployments, deployment)
    }

    @Test func everyCauseIsReportedAtOnce() async throws {
        let fixture = try await ClusterFixture()
        var pod = ClusterFixture.pod("p")
        pod["spec", "containers"] = [
            [
                "name": "Main", "env": [["name": ""]], "ports": [["containerPort": 70000], ["containerPort": 0]],
                "volumeMounts": [["name": "none", "mountPath": "/x"]], "livenessProbe": ["periodSeconds": 1],
                "resources": ["limits": ["cpu": "1"], "requests": ["cpu": "2"]],
            ]
        ]
        pod["spec", "restartPolicy"] = "Sometimes"
        let error = await clusterError { try await fixture.create(.pods, pod) }
        #expect(
            fields(error) == [
                "spec.containers[0].env[0].name", "spec.containers[0].image", "spec.containers[0].livenessProbe",
                "spec.containers[0].name", "spec.containers[0].ports[0].containerPort",
                "spec.containers[0].ports[1].containerPort", "spec.containers[0].resources.requests",
                "spec.containers[0].volumeMounts[0].name", "spec.restartPolicy",
            ])
        #expect(error?.message.hasPrefix("Pod \"p\" is invalid: [") == true)
    }

    @Test func aDeploymentNeedsAFittingSelector() async throws {
        let fixture = try await ClusterFixture()
        var deployment = ClusterFixture.deployment("d")
        deployment["spec", "selector"] = nil
        #expect(fields(await clusterError { try await fixture.create(.deployments, deployment) }) == ["spec.selector"])
        deployment["spec", "selector"] = ["matchLabels": ["app": "other"]]
        let error = await clusterError { try await fixture.create(.deployments, deployment) }
        #expect(fields(error) == ["spec.template.metadata.labels"])
        #expect(error?.message.hasPrefix("Deployment.apps \"d\" is invalid: ") == true)
        let valid = try await fixture.create(.deployments, ClusterFixture.deployment("d"))
        var changed = valid.value
        changed["spec", "selector", "matchLabels", "app"] = "z"
        changed["spec", "template", "metadata", "labels", "app"] = "z"
        let update = changed
        #expect(
            fields(
                await clusterError {
                    try await fixture.store.update(valid.key, body: update, context: fixture.context)
                }) == ["spec.selector"])
    }

    @Test func onlyAFewFieldsOfAPodMayChange() async throws {
        let fixture = try await ClusterFixture()
        let key = fixture.key(.pods, "p")
        try await fixture.create(.pods, ClusterFixture.pod("p"))
        let error = await clusterError {
            try await fixture.store.modify(key, context: fixture.context) { $0["spec", "hostname"] = "h" }
        }
        #expect(fields(error) == ["spec"])
        let allowed = try await fixture.store.patch(
            key, patch: .strategic(["spec": ["containers": [["name": "main", "image": "app:2"]]]]),
            context: fixture.context)
        #expect(allowed.object.value["spec"]?["containers"]?[0]?["image"] == "app:2")
        #expect(allowed.object.value["metadata", "generation"] == 2)
    }

    @Test func secretsTakeTextAndFreezeOnRequest() async throws {
        let fixture = try await ClusterFixture()
        let secret = try await fixture.create(
            .secrets, ["metadata": ["name": "s"], "stringData": ["a": "hello"], "immutable": true])
        #expect(secret.value["data"] == ["a": "aGVsbG8="] && secret.value["stringData"] == nil)
        #expect(secret.value["type"] == "Opaque")
        for change in [["data": ["a": "eA=="]], ["type": "other"], ["immutable": false]] as [JSONValue] {
            let error = await clusterError {
                try await fixture.store.patch(secret.key, patch: .merge(change), context: fixture.context)
            }
            #expect(error?.code == .invalid, "\(change)")
        }
        #expect(
            await clusterError {
                try await fixture.create(.secrets, ["metadata": ["name": "t"], "data": ["a": "not base64!"]])
            }?.code == .badRequest)
    }

    @Test func bindingHappensOnce() async throws {
        let fixture = try await ClusterFixture()
        let key = fixture.key(.pods, "p")
        try await fixture.create(.pods, ClusterFixture.pod("p"))
        let bound = try await fixture.store.bind(pod: key, node: "n1", context: fixture.context).object
        #expect(bound.value["spec", "nodeName"] == "n1")
        #expect(bound.value["status"]?["conditions"]?[0]?["type"] == "PodScheduled")
        #expect(
            await clusterError { try await fixture.store.bind(pod: key, node: "n2", context: fixture.context) }?.code
                == .conflict)
    }
}
