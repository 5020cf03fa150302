/// How a container is brought down: its stop signal, a time to obey, then SIGKILL. Pure.
public struct StopPlan: Sendable, Hashable {
    /// The wait of a container that names none, in seconds.
    public static let defaultTimeoutSeconds = 10
    /// How long SIGKILL may take to show, before the stop is reported as failed, in seconds.
    public static let killTimeoutSeconds = 10

    /// The signal sent first.
    public let signal: Int32
    /// The wait before SIGKILL; nil is for ever.
    public let timeout: Duration?

    /// Plans from what the caller, the container and the image say; the caller's word is first.
    /// - Throws: `RuntimeError` `.invalid` for a signal that does not exist.
    public init(
        signal override: String? = nil,
        timeoutSeconds: Int? = nil,
        request: ContainerRequest
    ) throws(RuntimeError) {
        let name = override.flatMap { $0.isEmpty ? nil : $0 } ?? request.stopSignal
        signal = name.isEmpty ? Signal.terminate : try Signal.number(of: name)
        let seconds = timeoutSeconds ?? request.stopTimeoutSeconds ?? Self.defaultTimeoutSeconds
        timeout = seconds < 0 ? nil : .seconds(seconds)
    }
}

/// Linux signals by name and number (signal(7), x86-64 and arm64).
public enum Signal {
    /// SIGHUP.
    public static let hangUp: Int32 = 1
    /// SIGKILL.
    public static let kill: Int32 = 9
    /// SIGTERM.
    public static let terminate: Int32 = 15

    private static let names = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ]
    private static let realTimeMin: Int32 = 34
    private static let realTimeMax: Int32 = 64

    /// The number of `TERM`, `SIGTERM`, `sigterm`, `15`, `RTMIN+3`.
    /// - Throws: `RuntimeError` `.invalid` for anything else.
    public static func number(of text: String) throws(RuntimeError) -> Int32 {
        if let number = Int32(text) {
            guard (1...realTimeMax).contains(number) else { throw unknown(text) }
            return number
        }
        var name = text.uppercased()[...]
        if name.hasPrefix("SIG") { name = name.dropFirst(3) }
        if let index = names.firstIndex(of: String(name)) { return Int32(index + 1) }
        if name.hasPrefix("RTMIN"), let offset = Int32(name.dropFirst(5).isEmpty ? "0" : name.dropFirst(5)) {
            guard (0...realTimeMax - realTimeMin).contains(offset) else { throw unknown(text) }
            return realTimeMin + offset
        }
        if name.hasPrefix("RTMAX"), let offset = Int32(name.dropFirst(5).isEmpty ? "0" : name.dropFirst(5)) {
            guard (realTimeMin - realTimeMax...0).contains(offset) else { throw unknown(text) }
            return realTimeMax + offset
        }
        throw unknown(text)
    }

    private static func unknown(_ text: String) -> RuntimeError {
        RuntimeError(.invalid, "invalid signal \"\(text)\": use a name such as TERM or a number 1 to 64")
    }
}
