import OCI
import Testing

@testable import Builder

@Suite struct StagePlannerTests {
    @Test("the example turns into one configuration and its history") func example() throws {
        let text = String(decoding: try Golden.input("example", in: "syntax"), as: UTF8.self)
        let plan = try FrontEnd.plan(text)
        #expect(plan.execution.env == ["PATH=\(StagePlanner.defaultPath)", "NAME=World"])
        #expect(plan.execution.cmd == ["python", "app.py"])
        #expect(plan.execution.workingDir == "/app")
        try Golden.check(Dump.plan(plan), "example-plan", in: "graph")
    }

    @Test("one ENV sees the variables from before it") func environmentSnapshot() throws {
        let plan = try FrontEnd.plan("FROM a\nENV a=1\nENV a=2 b=$a\nENV c=${a}$b\n")
        #expect(plan.execution.env?.dropFirst() == ["a=2", "b=1", "c=21"])
    }

    @Test("ARG precedence: request, default, global; ENV hides ARG") func arguments() throws {
        let text = """
            ARG GLOBAL=g
            FROM a
            ARG GLOBAL
            ARG ONE=default
            ARG TWO=default
            ARG NEXT=$ONE$GLOBAL
            ENV TWO=env
            RUN true
            """
        let plan = try FrontEnd.plan(text, arguments: ["TWO": "given", "ONE": "1"])
        guard case .run(let step)? = plan.steps.last?.action else {
            Issue.record("no RUN")
            return
        }
        #expect(step.environment.dropFirst() == ["TWO=env", "GLOBAL=g", "NEXT=1g", "ONE=1"])
        #expect(plan.steps.last?.createdBy == "RUN |3 GLOBAL=g NEXT=1g ONE=1 /bin/sh -c true # buildkit")
        #expect(plan.execution.env?.dropFirst() == ["TWO=env"])
    }

    @Test("proxies of the request reach RUN but neither key nor history") func proxies() throws {
        let plan = try FrontEnd.plan("FROM a\nRUN true\n", arguments: ["HTTP_PROXY": "http://p:1"])
        guard case .run(let step)? = plan.steps.last?.action else {
            Issue.record("no RUN")
            return
        }
        #expect(step.proxyEnvironment == ["HTTP_PROXY=http://p:1"])
        #expect(!step.environment.contains { $0.hasPrefix("HTTP_PROXY") })
        #expect(plan.steps.last?.createdBy.contains("http://p:1") == false)
    }

    @Test("ENTRYPOINT clears an inherited CMD, but not one of the same stage") func entrypoint() throws {
        var base = ImageConfig.Execution()
        base.cmd = ["inherited"]
        #expect(try FrontEnd.plan("FROM a\nENTRYPOINT x\n", on: .init(execution: base)).execution.cmd == nil)
        let both = try FrontEnd.plan("FROM a\nCMD y\nENTRYPOINT [\"x\"]\n", on: .init(execution: base)).execution
        #expect(both.cmd == ["/bin/sh", "-c", "y"])
        #expect(both.entrypoint == ["x"])
    }

    @Test("SHELL changes the shell forms after it") func shell() throws {
        let plan = try FrontEnd.plan("FROM a\nSHELL [\"/bin/bash\", \"-ec\"]\nCMD echo $HOME\n")
        #expect(plan.execution.cmd == ["/bin/bash", "-ec", "echo $HOME"])
    }

    @Test("WORKDIR joins, EXPOSE and VOLUME collect, LABEL overrides") func metadata() throws {
        var base = ImageConfig.Execution()
        base.labels = ["keep": "1", "change": "old"]
        base.exposedPorts = ["22/tcp"]
        let plan = try FrontEnd.plan(
            """
            FROM a
            ENV P="80 443/UDP"
            WORKDIR /a
            WORKDIR b/../c
            EXPOSE $P 8000-8002
            VOLUME /v /w
            LABEL change=new add="x y"
            USER app:staff
            STOPSIGNAL SIGINT
            HEALTHCHECK --interval=1m30s CMD true
            MAINTAINER me
            """, on: .init(execution: base))
        let execution = plan.execution
        #expect(execution.workingDir == "/a/c")
        #expect(
            execution.exposedPorts?.sorted == ["22/tcp", "443/udp", "80/tcp", "8000/tcp", "8001/tcp", "8002/tcp"])
        #expect(execution.volumes?.sorted == ["/v", "/w"])
        #expect(execution.labels == ["keep": "1", "change": "new", "add": "x y"])
        #expect(execution.user == "app:staff")
        #expect(execution.stopSignal == "SIGINT")
        #expect(execution.healthcheck?.test == ["CMD-SHELL", "true"])
        #expect(execution.healthcheck?.interval == 90_000_000_000)
        #expect(plan.author == "me")
    }

    @Test("ONBUILD triggers of the base run first and are gone afterwards") func onbuild() throws {
        var base = ImageConfig.Execution()
        base.onBuild = ["RUN first", "COPY . /src"]
        let plan = try FrontEnd.plan("FROM a\nRUN second\nONBUILD RUN later\n", on: .init(execution: base))
        #expect(
            plan.steps.map(\.createdBy) == [
                "RUN /bin/sh -c first # buildkit", "COPY . /src # buildkit", "RUN /bin/sh -c second # buildkit",
                "ONBUILD RUN later",
            ])
        #expect(plan.execution.onBuild == ["RUN later"])
    }

    @Test("heredocs become scripts, shell bodies or files") func heredocs() throws {
        let plan = try FrontEnd.plan(
            """
            FROM a
            ENV X=1
            RUN <<EOF
            echo one
            EOF
            RUN <<EOF
            #!/usr/bin/python3
            print(1)
            EOF
            RUN cat <<A > b
            text
            A
            COPY <<conf.txt <<"raw" /etc/
            x=$X
            conf.txt
            x=$X
            raw
            """)
        func run(_ index: Int) -> RunStep? {
            if case .run(let step)? = plan.steps[index].action { step } else { nil }
        }
        #expect(run(1)?.arguments == ["/bin/sh", "-c", "echo one\n"])
        #expect(run(2)?.arguments == ["/dev/pipes/EOF"])
        #expect(run(2)?.script?.body == "#!/usr/bin/python3\nprint(1)\n")
        #expect(run(3)?.arguments == ["/bin/sh", "-c", "cat <<A > b\ntext\nA"])
        guard case .copy(let copy)? = plan.steps[4].action else {
            Issue.record("no COPY")
            return
        }
        #expect(copy.inlineFiles.map(\.body) == ["x=1\n", "x=$X\n"])
    }

    @Test("RUN mounts are resolved with their defaults") func mounts() throws {
        let plan = try FrontEnd.plan(
            """
            FROM a AS one
            FROM b
            ENV D=/data
            WORKDIR /w
            RUN --mount=type=cache,target=$D,sharing=locked --mount=from=one,src=/x,dst=y \\
                --mount=type=tmpfs,target=/t,size=64m --mount=type=secret,id=tok,env=TOKEN,required true
            """)
        guard case .run(let step)? = plan.steps.last?.action else {
            Issue.record("no RUN")
            return
        }
        #expect(
            step.mounts.map(\.mount) == [
                .cache(
                    .init(
                        id: "/data", target: "/data", sharing: .locked, isReadOnly: false, mode: 0o755, uid: 0, gid: 0)),
                .bind(.init(from: "one", source: "/x", target: "/w/y", isWritable: false)),
                .tmpfs(target: "/t", sizeBytes: 64 << 20),
                .secret(
                    .init(id: "tok", target: nil, variable: "TOKEN", isRequired: true, mode: 0o400, uid: 0, gid: 0)),
            ])
        #expect(step.mounts[1].origin == .stage(0))
    }

    @Test("an undefined variable is a warning with a suggestion") func undefined() throws {
        let plan = try FrontEnd.plan("FROM a\nENV DIRECTORY=/x\nWORKDIR /$DIRECTROY\n")
        #expect(plan.warnings.map(\.rule) == ["UndefinedVar"])
        #expect(plan.warnings.first?.message.contains("did you mean DIRECTORY?") == true)
    }
}
