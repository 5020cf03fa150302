import Images
import SystemLinux

/// Reads single files of a container's root through its layers, without mounting anything. Calls block.
///
/// Paths are resolved inside one layer (RESOLVE_IN_ROOT), so no link of an image leads out of it.
struct LayeredFiles: Sendable {
    private let directories: [String]

    init(root: OverlayRoot) {
        directories = [root.upper] + root.lower
    }

    /// Users and groups as the root's own files name them.
    func users() -> UserDatabase {
        UserDatabase(passwd: read("etc/passwd"), group: read("etc/group"))
    }

    /// The content of `path`, cut at `limit` bytes; nil when no layer has it or the topmost one deleted it.
    func read(_ path: String, limit: Int = UserDatabase.fileMaxBytes) -> [UInt8]? {
        for directory in directories {
            guard let layer = try? File.open(directory, [.directory]) else { continue }
            switch look(for: path, in: layer, limit: limit) {
            case .found(let bytes): return bytes
            case .deleted: return nil
            case .absent: continue
            }
        }
        return nil
    }

    private enum Look {
        case found([UInt8])
        case deleted
        case absent
    }

    private func look(for path: String, in layer: OwnedFD, limit: Int) -> Look {
        let inside = RootedPath(root: layer)
        // O_NONBLOCK: a fifo in the place of the file must not hang the daemon.
        switch inside.tryOpen(path, flags: Self.readOnlyNonBlocking) {
        case .success(let number):
            let file = OwnedFD(number)
            guard let status = try? file.status() else { return .absent }
            guard status.kind == .regular else { return .deleted }
            return .found((try? file.read(upTo: limit)) ?? [])
        case .failure(let errno):
            // A whiteout is a character device 0:0, which can't be opened (ENXIO); one of the parents ends the path.
            if errno == Self.noDevice || errno == .notDirectory { return .deleted }
            return isOpaque(File.parent(of: path), in: layer) ? .deleted : .absent
        }
    }

    /// Whether the layer hides everything below it at this directory.
    private func isOpaque(_ path: String, in layer: OwnedFD) -> Bool {
        guard case .success(let number) = RootedPath(root: layer).tryOpen(path, flags: Self.readOnlyNonBlocking) else {
            return false
        }
        let directory = OwnedFD(number)
        // The trailing dot leads through the magic link to the directory itself.
        let value = try? ExtendedAttributes.value("\(directory.procPath)/.", "trusted.overlay.opaque")
        return value == [UInt8(ascii: "y")]
    }

    /// O_RDONLY | O_NONBLOCK.
    private static let readOnlyNonBlocking: Int32 = 0o4000
    /// ENXIO.
    private static let noDevice = Errno(6)
}
