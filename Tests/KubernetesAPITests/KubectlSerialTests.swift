import Cluster
import Document
import Identity
import Testing

/// The real kubectl against an API in this process, on a loopback port with a kubeconfig of its own.
@Suite(.serialized, .enabled(if: !Kubectl.binaries.isEmpty, "needs kubectl"))
struct KubectlSerialTests {
    static let deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, labels: {app: web}}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - {name: web, image: "web:1", ports: [{containerPort: 8000}]}
        """

    @Test(arguments: Kubectl.spread)
    func appliesChangesAndDeletes(binary: String) async throws {
        try await APIFixture.with { fixture in
            let created = try await Kubectl.run(["apply", "-f", "-"], binary: binary, fixture, input: Self.deployment)
            #expect(created.output == "deployment.apps/web created\n", "\(created.errors)")
            let again = try await Kubectl.run(["apply", "-f", "-"], binary: binary, fixture, input: Self.deployment)
            #expect(again.output == "deployment.apps/web unchanged\n", "\(again.errors)")
            let changed = Self.deployment.replacing("web:1", with: "web:2")
            let configured = try await Kubectl.run(["apply", "-f", "-"], binary: binary, fixture, input: changed)
            #expect(configured.output == "deployment.apps/web configured\n", "\(configured.errors)")
            let scaled = try await Kubectl.run(["scale", "deploy/web", "--replicas=5"], binary: binary, fixture)
            #expect(scaled.output == "deployment.apps/web scaled\n", "\(scaled.errors)")
            let key = ObjectKey(.deployments, namespace: "default", name: "web")
            let spec = try fixture.store.read(key).value["spec"]
            #expect(spec?["replicas"] == 5)
            #expect(spec?["template", "spec", "containers"]?[0]?["image"] == "web:2")
            let deleted = try await Kubectl.run(["delete", "deployment", "web"], binary: binary, fixture)
            #expect(deleted.output.hasPrefix("deployment.apps \"web\" deleted"), "\(deleted.errors)")
            #expect(fixture.store.get(key) == nil)
        }
    }

    @Test(arguments: Kubectl.spread)
    func appliesOnTheServer(binary: String) async throws {
        try await APIFixture.with { fixture in
            let arguments = ["apply", "--server-side", "-f", "-"]
            let created = try await Kubectl.run(arguments, binary: binary, fixture, input: Self.deployment)
            #expect(created.output == "deployment.apps/web serverside-applied\n", "\(created.errors)")
            let set = try await Kubectl.run(["set", "image", "deploy/web", "web=web:9"], binary: binary, fixture)
            #expect(set.output == "deployment.apps/web image updated\n", "\(set.errors)")
            let conflict = try await Kubectl.run(arguments, binary: binary, fixture, input: Self.deployment)
            #expect(conflict.status == 1)
            #expect(conflict.errors.contains("conflict with \"kubectl-set\""), "\(conflict.errors)")
            let forced = try await Kubectl.run(
                arguments + ["--force-conflicts"], binary: binary, fixture, input: Self.deployment)
            #expect(forced.status == 0, "\(forced.errors)")
        }
    }

    @Test(arguments: Kubectl.spread)
    func refusesUnknownFields(binary: String) async throws {
        try await APIFixture.with { fixture in
            let wrong = Self.deployment.replacing("replicas: 2", with: "replicass: 2")
            let refused = try await Kubectl.run(["apply", "-f", "-"], binary: binary, fixture, input: wrong)
            #expect(refused.status == 1)
            #expect(refused.errors.contains("unknown field \"spec.replicass\""), "\(refused.errors)")
        }
    }

    /// Generated clients since 1.32 send protobuf bodies.
    @Test(arguments: Kubectl.spread)
    func createsWithTypedClients(binary: String) async throws {
        try await APIFixture.with { fixture in
            for (arguments, text) in [
                (["create", "namespace", "team"], "namespace/team created\n"),
                (["create", "configmap", "c", "--from-literal=a=1"], "configmap/c created\n"),
                (["create", "secret", "generic", "s", "--from-literal=p=q"], "secret/s created\n"),
                (["create", "serviceaccount", "robot"], "serviceaccount/robot created\n"),
                (["create", "deployment", "d", "--image=img"], "deployment.apps/d created\n"),
                (["create", "service", "clusterip", "v", "--tcp=80:8000"], "service/v created\n"),
                (["run", "p", "--image=img"], "pod/p created\n"),
            ] {
                let made = try await Kubectl.run(arguments, binary: binary, fixture)
                #expect(made.output == text, "\(made.errors)")
            }
            let secret = ObjectKey(.secrets, namespace: "default", name: "s")
            #expect(try fixture.store.read(secret).value["data", "p"] == "cQ==")
            let token = try await Kubectl.run(["create", "token", "robot"], binary: binary, fixture)
            let claims = try fixture.identity.tokens.verify(String(token.output.filter { !$0.isNewline }))
            #expect(claims.user == "system:serviceaccount:default:robot")
        }
    }

    @Test(arguments: Kubectl.spread)
    func showsTables(binary: String) async throws {
        try await APIFixture.with { fixture in
            try await fixture.runPod("one")
            let pods = try await Kubectl.run(["get", "pods"], binary: binary, fixture)
            let lines = pods.output.split(separator: "\n").map { $0.split(separator: " ") }
            #expect(
                lines.first?.map { String($0) } == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"], "\(pods.errors)")
            #expect(lines.last?.prefix(4).map { String($0) } == ["one", "1/1", "Running", "0"])
            let all = try await Kubectl.run(["get", "all", "-A"], binary: binary, fixture)
            #expect(all.output.contains("pod/one"), "\(all.errors)")
            let name = try await Kubectl.run(["get", "po", "-o", "name"], binary: binary, fixture)
            #expect(name.output == "pod/one\n")
            let missing = try await Kubectl.run(["get", "pod", "two"], binary: binary, fixture)
            #expect(missing.errors == "Error from server (NotFound): pods \"two\" not found\n")
            let wide = try await Kubectl.run(
                ["get", "nodes,pods,deployments,services", "-o", "wide"], binary: binary, fixture)
            #expect(wide.status == 0, "\(wide.errors)")
        }
    }

    @Test(arguments: Kubectl.spread)
    func waitsAndDescribes(binary: String) async throws {
        try await APIFixture.with { fixture in
            try await fixture.runPod("one")
            async let waiting = Kubectl.run(
                ["wait", "--for=condition=Ready", "pod/one", "--timeout=20s"], binary: binary, fixture)
            _ = try await fixture.store.modify(
                ObjectKey(.pods, namespace: "default", name: "one"), subresource: .status,
                context: .engine("test")
            ) { $0["status", "conditions"] = [["type": "Ready", "status": "True"]] }
            let waited = try await waiting
            #expect(waited.output == "pod/one condition met\n", "\(waited.errors)")
            let described = try await Kubectl.run(["describe", "pod", "one"], binary: binary, fixture)
            #expect(described.output.contains("skiff://id-main"), "\(described.errors)")
            let label = try await Kubectl.run(["label", "pod", "one", "tier=web"], binary: binary, fixture)
            #expect(label.output == "pod/one labeled\n", "\(label.errors)")
            let explained = try await Kubectl.run(["explain", "deployment.spec.replicas"], binary: binary, fixture)
            #expect(explained.output.contains("replicas <integer>"), "\(explained.errors)")
        }
    }

    @Test(arguments: Kubectl.spread)
    func answersQuestionsAboutAccess(binary: String) async throws {
        try await APIFixture.with { fixture in
            let yes = try await Kubectl.run(["auth", "can-i", "delete", "pods"], binary: binary, fixture)
            #expect(yes.output == "yes\n", "\(yes.errors)")
            let no = try await Kubectl.run(["auth", "can-i", "delete", "pods", "--as=jane"], binary: binary, fixture)
            #expect(no.output.hasPrefix("no"), "\(no.errors)")
            let denied = try await Kubectl.run(["get", "pods", "--as=jane"], binary: binary, fixture)
            #expect(
                denied.errors.contains(
                    "pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" "
                        + "in the namespace \"default\""), "\(denied.errors)")
        }
    }

    // MARK: - Streams

    @Test(arguments: Kubectl.spread)
    func readsLogs(binary: String) async throws {
        try await APIFixture.with { fixture in
            try await fixture.runPod("one", containers: ["a", "b"])
            let log = try await Kubectl.run(["logs", "one", "-c", "b", "--tail=3"], binary: binary, fixture)
            #expect(log.output == "log of b id-b\ntail 3\n", "\(log.errors)")
            let unknown = try await Kubectl.run(["logs", "one", "-c", "x"], binary: binary, fixture)
            #expect(unknown.errors.contains("container x is not valid for pod one"), "\(unknown.errors)")
        }
    }

    /// 1.29 speaks SPDY, 1.31 and later WebSocket.
    @Test(arguments: Kubectl.spread)
    func executesCommands(binary: String) async throws {
        try await APIFixture.with { fixture in
            try await fixture.runPod("one")
            let echo = try await Kubectl.run(["exec", "one", "--", "say", "a b", "c"], binary: binary, fixture)
            #expect(echo.output == "say|a b|c\n", "\(echo.errors)")
            let failed = try await Kubectl.run(["exec", "one", "--", "fail", "7"], binary: binary, fixture)
            #expect(failed.status == 7)
            #expect(failed.errors.contains("failing\n"))
            let text = String(repeating: "0123456789abcdef\n", count: 20_000)
            let piped = try await Kubectl.run(["exec", "-i", "one", "--", "cat"], binary: binary, fixture, input: text)
            #expect(piped.output == text, "\(piped.errors.prefix(300))")
            let attached = try await Kubectl.run(["attach", "one"], binary: binary, fixture)
            #expect(attached.output.contains("attached to main"), "\(attached.errors)")
        }
    }

    @Test(arguments: Kubectl.spread)
    func forwardsPorts(binary: String) async throws {
        try await APIFixture.with { fixture in
            try await fixture.runPod("one")
            let port = try LoopbackPort.free()
            let forwarding = Task {
                try await Kubectl.run(["port-forward", "pod/one", "\(port):8000"], binary: binary, fixture)
            }
            let answer = try await LoopbackPort.ask(port, "hello")
            forwarding.cancel()
            _ = try? await forwarding.value
            #expect(answer == "one:8000:hello")
        }
    }
}
