import Effects
import OCI
import Testing

@testable import Runtime

@Suite struct PureValueTests {
    @Test(arguments: [("TERM", 15), ("SIGKILL", 9), ("sigusr1", 10), ("2", 2), ("RTMIN", 34), ("RTMAX-1", 63)])
    func signalsHaveNumbers(text: String, number: Int32) throws {
        #expect(try Signal.number(of: text) == number)
    }

    @Test(arguments: ["", "0", "65", "SIG", "RTMIN+99", "TERMINATE"])
    func wrongSignalsAreRefused(text: String) {
        #expect(throws: RuntimeError.self) { try Signal.number(of: text) }
    }

    @Test func theStopPlanTakesTheCallersWordFirst() throws {
        var request = ContainerRequest(image: "x")
        #expect(try StopPlan(request: request).signal == 15)
        #expect(try StopPlan(request: request).timeout == .seconds(10))
        request.stopSignal = "QUIT"
        request.stopTimeoutSeconds = 3
        #expect(try StopPlan(request: request).signal == 3)
        #expect(try StopPlan(signal: "INT", timeoutSeconds: 0, request: request).signal == 2)
        #expect(try StopPlan(timeoutSeconds: 0, request: request).timeout == .zero)
        #expect(try StopPlan(timeoutSeconds: -1, request: request).timeout == nil)
    }

    @Test(arguments: [("64m", 67_108_864), ("1.5g", 1_610_612_736), ("512", 512), ("2KiB", 2048), ("1b", 1)])
    func sizesAreRead(text: String, bytes: Int64) throws {
        #expect(try ByteSize.parse(text) == bytes)
    }

    @Test func logsAreBoundedByDefaultAndUnknownOptionsRefused() throws {
        let limits = try LogLimits(LogRequest())
        #expect(limits.fileMaxBytes == 10 * 1024 * 1024)
        #expect(limits.filesMax == 3)
        var log = LogRequest()
        log.options = ["compress": "true"]
        #expect(throws: RuntimeError.self) { try LogLimits(log) }
    }

    @Test func namesObeyTheRule() throws {
        #expect(try ContainerName.validate("/web-1") == "web-1")
        for bad in ["", "a", "-web", "we b", "web/1"] {
            #expect(throws: RuntimeError.self, "\(bad)") { try ContainerName.validate(bad) }
        }
    }

    @Test func madeUpNamesAvoidTakenOnesAndRepeatFromASeed() throws {
        var taken = Set<String>()
        let random = SeededRandom(seed: 7)
        for _ in 0..<200 {
            let name = ContainerName.generate(using: random) { taken.contains($0) }
            #expect(try ContainerName.validate(name) == name)
            let isNew = taken.insert(name).inserted
            #expect(isNew)
        }
        let first = ContainerName.generate(using: SeededRandom(seed: 3)) { _ in false }
        #expect(ContainerName.generate(using: SeededRandom(seed: 3)) { _ in false } == first)
    }

    @Test func deviceRulesAreRead() throws {
        let rule = try ResourcePlan.rule("c 10:* rw")
        #expect(rule.type == "c")
        #expect(rule.major == 10)
        #expect(rule.minor == nil)
        #expect(throws: RuntimeError.self) { try ResourcePlan.rule("x 1:2 rwm") }
    }

    @Test func securityOptionsThatAreNotEnforcedAreRefused() throws {
        #expect(try SecurityOptions(["no-new-privileges"], privileged: false).noNewPrivileges)
        #expect(try SecurityOptions(["seccomp=unconfined"], privileged: false).seccomp == .unconfined)
        #expect(try SecurityOptions([], privileged: true).seccomp == .unconfined)
        for option in ["seccomp={}", "apparmor=x", "label=type:y"] {
            #expect(throws: RuntimeError.self, "\(option)") { try SecurityOptions([option], privileged: false) }
        }
    }

    @Test func hostPortsAreRead() throws {
        #expect(try HostPortRequest(port: "8000-8002").candidates() == [8000, 8001, 8002])
        #expect(try HostPortRequest(port: "").candidates() == [])
        #expect(throws: RuntimeError.self) { try HostPortRequest(port: "9-3").candidates() }
    }

    @Test func inotifyBuffersAreRead() {
        var buffer: [UInt8] = [3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 97, 0, 0, 0]
        buffer += [5, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(LogWatcher.watches(in: buffer) == [3, 5])
    }

    @Test(arguments: [("0-3,7", 5), ("0", 1), ("", 0)])
    func coresAreCounted(text: String, count: Int) {
        #expect(HostFacts.countCPUs(text) == count)
    }

    private func expect(
        _ status: HealthState.Status?,
        _ wanted: HealthState.Status?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(status == wanted, sourceLocation: sourceLocation)
    }

    @Test func healthNeedsSeveralFailuresOutsideTheGraceTime() {
        var check = HealthCheck()
        check.retries = 2
        check.startPeriodNanoseconds = 10_000_000_000
        let start = Timestamp(seconds: 100)
        func probe(_ seconds: Int64, _ code: Int) -> HealthState.Probe {
            HealthState.Probe(
                start: Timestamp(seconds: seconds), end: Timestamp(seconds: seconds), exitCode: code, output: "")
        }
        var state = HealthState()
        expect(state.take(probe(101, 1), check: check, startedAt: start), nil)
        #expect(state.failingStreak == 0)
        expect(state.take(probe(111, 1), check: check, startedAt: start), nil)
        expect(state.take(probe(112, 1), check: check, startedAt: start), .unhealthy)
        expect(state.take(probe(113, 0), check: check, startedAt: start), .healthy)
        #expect(state.nextDelay(check: check, startedAt: start, now: Timestamp(seconds: 114)) == .seconds(30))
    }
}
