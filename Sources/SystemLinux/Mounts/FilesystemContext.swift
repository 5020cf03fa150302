import CLinux
import Glibc

/// A file system being configured (fsopen(2)), up to its detached mount. Nothing is visible anywhere until a mount is
/// attached, and nothing remains when the descriptors close.
public struct FilesystemContext: Sendable {
    private let context: OwnedFD
    private let type: String

    /// The kernel takes at most this many bytes of one parameter's text, its terminating zero included.
    public static let parameterLimit = 256

    /// Begins a file system of this type.
    public init(_ type: String) throws(LinuxError) {
        self.type = type
        context = OwnedFD(try outcome(skiff_fsopen(type)).orThrow("fsopen", type))
    }

    /// Sets a parameter; an empty value means a flag.
    public func set(_ key: String, _ value: String = "") throws(LinuxError) {
        let result =
            value.isEmpty
            ? skiff_fsconfig_flag(context.raw, key) : skiff_fsconfig_string(context.raw, key, value)
        if case .failure(let errno) = outcome(result) { throw failure("fsconfig \(key)", errno) }
    }

    /// Makes the file system and mounts it detached, with MOUNT_ATTR_* attributes.
    public func mount(attributes: UInt64 = 0) throws(LinuxError) -> OwnedFD {
        if case .failure(let errno) = outcome(skiff_fsconfig_create(context.raw)) { throw failure("mount", errno) }
        switch outcome(skiff_fsmount(context.raw, attributes)) {
        case .success(let mount): return OwnedFD(mount)
        case .failure(let errno): throw failure("fsmount", errno)
        }
    }

    /// Adds the kernel's own words, which name the parameter it did not like.
    private func failure(_ call: String, _ errno: Errno) -> LinuxError {
        var words = [CChar](repeating: 0, count: 512)
        guard skiff_fs_message(context.raw, &words, words.count) > 0 else { return LinuxError(call, type, errno) }
        let text = String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return LinuxError(call, "\(type) (\(text))", errno)
    }
}
