import CLinux
import Glibc

/// Starts a process that outlives its parent: new session, default signals, only the named descriptors.
public enum DetachedProcess {
    /// Descriptors a child can be given, at most.
    public static let descriptorsMax = 16

    /// Starts `executable`; `descriptors[i]` becomes descriptor `i` of the child. The caller stays its parent until
    /// it ends, so a long-lived caller must reap it. Does not wait for anything.
    /// - Throws: `LinuxError` naming the executable.
    /// - Returns: the process id.
    public static func spawn(
        executable: String,
        arguments: [String],
        environment: [String],
        descriptors: [OwnedFD]
    ) throws(LinuxError) -> Int32 {
        let argumentList = CStringList([executable] + arguments)
        let environmentList = CStringList(environment)
        let numbers = descriptors.map(\.raw)
        let result = withExtendedLifetime((argumentList, environmentList, descriptors)) {
            skiff_spawn_detached(
                executable,
                argumentList.pointers,
                environmentList.pointers,
                numbers,
                numbers.count
            )
        }
        guard result > 0 else { throw LinuxError("posix_spawn", executable, Errno(-result)) }
        return result
    }

    /// The file this process executes, for starting another of its kind.
    public static func ownExecutable() throws(LinuxError) -> String {
        try File.readLink("/proc/self/exe")
    }
}

/// A null-terminated array of C strings, freed with its owner.
private final class CStringList {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
        pointers[count] = nil
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
