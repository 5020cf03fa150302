import CLinux
import Glibc

/// Layers stacked by overlayfs.
public struct OverlayMount: Sendable, Hashable {
    /// Read-only directories, the topmost first.
    public let lower: [String]
    /// The writable directory; empty for a read-only stack.
    public let upper: String
    /// Scratch directory beside `upper`, on the same file system.
    public let work: String

    /// overlayfs stacks at most 500 layers (Documentation/filesystems/overlayfs.rst).
    public static let layerLimit = 500

    /// Describes a stack.
    public init(lower: [String], upper: String, work: String) {
        self.lower = lower
        self.upper = upper
        self.work = work
    }

    /// Mounts the stack detached: visible nowhere until attached, gone when the descriptor closes. Layers are handed
    /// over by descriptor, so their number and the length of their paths do not matter. On kernels before 6.5 the old
    /// call needs a directory for a moment: `staging`, in a mount namespace of the caller's own. In a user namespace
    /// of the caller's own (`unprivileged`) the kernel refuses options about renames, and has them off anyway.
    public func detached(
        staging: String, attributes: UInt64 = 0, unprivileged: Bool = false
    ) throws(LinuxError) -> OwnedFD {
        guard !lower.isEmpty, lower.count <= Self.layerLimit else {
            throw LinuxError(
                code: .limit, call: "overlay", argument: upper,
                detail: "has \(lower.count) layers; 1 to \(Self.layerLimit) can be stacked"
            )
        }
        var layers: [OwnedFD] = []
        for path in lower { layers.append(try File.open(path, [.path, .directory])) }
        let upperFD = upper.isEmpty ? nil : try File.open(upper, [.path, .directory])
        let workFD = upper.isEmpty ? nil : try File.open(work, [.path, .directory])
        do {
            return try modern(layers, upperFD, workFD, attributes, unprivileged)
        } catch  where error.errno == .invalid && error.call == "fsconfig lowerdir+" {
            return try classic(layers, upperFD, workFD, attributes, staging, unprivileged)
        }
    }

    private func modern(
        _ layers: [OwnedFD], _ upper: OwnedFD?, _ work: OwnedFD?, _ attributes: UInt64, _ unprivileged: Bool
    ) throws(LinuxError) -> OwnedFD {
        let context = try FilesystemContext("overlay")
        try context.set("source", "skiff")
        for layer in layers { try context.set("lowerdir+", layer.procPath) }
        if let upper, let work {
            try context.set("upperdir", upper.procPath)
            try context.set("workdir", work.procPath)
        }
        if !unprivileged { for (key, value) in Self.options { try context.set(key, value) } }
        return try context.mount(attributes: attributes)
    }

    private func classic(
        _ layers: [OwnedFD], _ upper: OwnedFD?, _ work: OwnedFD?, _ attributes: UInt64, _ staging: String,
        _ unprivileged: Bool
    ) throws(LinuxError) -> OwnedFD {
        var options = ["lowerdir=" + layers.map(\.procPath).joined(separator: ":")]
        if let upper, let work { options += ["upperdir=\(upper.procPath)", "workdir=\(work.procPath)"] }
        if !unprivileged { options += Self.options.map { "\($0.0)=\($0.1)" } }
        let data = options.joined(separator: ",")
        _ = try outcome(skiff_mount("skiff", staging, "overlay", 0, data)).orThrow("mount overlay", staging)
        defer { _ = skiff_umount(staging, 1) }
        let mount = try Mount.copy(staging, recursive: false)
        try Mount.change(mount, set: attributes, name: "overlay")
        return mount
    }

    /// Whole files in the upper directory, so that it can become a layer by itself; independent of the kernel's build.
    private static let options = [("redirect_dir", "off"), ("metacopy", "off"), ("index", "off")]
}
