import SystemLinux

/// The ends a new process gets, and those its keeper keeps.
struct StreamSetup {
    /// Input, output, errors of the process; nil with a terminal, which it makes itself.
    var childEnds: [OwnedFD]?
    var input: OwnedFD?
    var output: OwnedFD?
    var errors: OwnedFD?

    /// No streams yet.
    init() {}

    /// Makes pipes as the plan says; `given` are the caller's own descriptors.
    init(_ plan: StdioPlan, given: [OwnedFD]) throws(LinuxError) {
        switch plan.kind {
        case .terminal: return
        case .null:
            let null = try File.open("/dev/null", .readWrite)
            childEnds = [null, null, null]
        case .descriptors:
            guard given.count == 3 else {
                throw LinuxError(
                    code: .invalid, call: "launch", argument: "stdio",
                    detail: "needs three descriptors, \(given.count) came with the request"
                )
            }
            childEnds = given
        case .relay:
            let (outputPipe, errorPipe) = (try OwnedFD.pipe(), try OwnedFD.pipe())
            output = outputPipe.read
            errors = errorPipe.read
            let childInput: OwnedFD
            if plan.opensInput {
                let inputPipe = try OwnedFD.pipe()
                input = inputPipe.write
                childInput = inputPipe.read
            } else {
                childInput = try File.open("/dev/null")
            }
            childEnds = [childInput, outputPipe.write, errorPipe.write]
        }
    }
}
