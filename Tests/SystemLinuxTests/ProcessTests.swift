import SystemLinux
import Testing

@Suite struct ProcessTests {
    @Test func aDetachedChildGetsItsDescriptorsAndEnds() throws {
        let null = try File.open("/dev/null", .readWrite)
        let pipe = try OwnedFD.pipe()
        let pid = try DetachedProcess.spawn(
            executable: "/bin/sh",
            arguments: ["-c", "echo \"$WORD\" >&3"],
            environment: ["WORD=hello"],
            descriptors: [null, null, null, pipe.write]
        )
        pipe.write.close()
        #expect(String(decoding: try pipe.read.readToEnd(), as: UTF8.self) == "hello\n")
        #expect(try PidFD(pid).wait(milliseconds: 5000))
    }

    @Test func aMissingProgramIsAnErrorThatNamesIt() throws {
        #expect {
            _ = try DetachedProcess.spawn(
                executable: "/nowhere/program", arguments: [], environment: [], descriptors: []
            )
        } throws: { error in
            "\(error)".contains("/nowhere/program")
        }
    }

    @Test func theEnvironmentIsRead() {
        #expect(ProcessEnvironment.dictionary["PATH"] == ProcessEnvironment.value("PATH"))
        #expect(ProcessEnvironment.value("SKIFF_NO_SUCH_VARIABLE") == nil)
    }

    @Test func aValueIsHandedFromATaskToAThread() throws {
        let handover = Handover<Int>()
        Task { handover.put(.success(7)) }
        #expect(try handover.take().get() == 7)
    }
}
