import SystemLinux

/// One switch of the kernel under `/proc/sys`. Network switches are those of the calling thread's network namespace.
struct Switch: Sendable, Hashable {
    /// The path below `/proc/sys`.
    let name: String

    private var path: String { "/proc/sys/" + name }

    /// The value without the line's end.
    func value() throws(LinuxError) -> String {
        String(try File.readText(path, limit: 4096).split(whereSeparator: \.isNewline).first ?? "")
    }

    /// Writes a value. With `ifExists`, a kernel without the switch is fine.
    func set(_ value: String, ifExists: Bool = false) throws(LinuxError) {
        do throws(LinuxError) {
            try File.writeControl(path, value)
        } catch  where ifExists && error.code == .notFound {
            return
        }
    }
}
