import SystemLinux

extension VolumeStore {
    /// The directory behind a Kubernetes claim, made when missing. Blocks.
    /// - Throws: `.invalid` for names that are no Kubernetes names, `.storage` when the disk refuses.
    public func claimDirectory(namespace: String, claim: String) throws(VolumeError) -> String {
        let path = "\(root)/claims/\(try Self.segment(namespace))/\(try Self.segment(claim))"
        // Any user of a pod may write a fresh claim, as with the common provisioners; fsGroup narrows it.
        try makeDirectory(path, mode: 0o777)
        return path
    }

    /// Removes a claim's directory and its content; a missing one is fine. Blocks.
    public func removeClaim(namespace: String, claim: String) throws(VolumeError) {
        try removeTree("\(root)/claims/\(try Self.segment(namespace))/\(try Self.segment(claim))")
    }

    /// The directory of one `emptyDir` of a pod, made when missing. Blocks.
    public func emptyDirectory(podUID: String, name: String) throws(VolumeError) -> String {
        let path = "\(root)/pods/\(try Self.segment(podUID))/\(try Self.segment(name))"
        // Kubernetes: an emptyDir is writable by every user of the pod.
        try makeDirectory(path, mode: 0o777)
        return path
    }

    /// Removes everything a pod's `emptyDir`s held; a missing one is fine. Blocks.
    public func removeEmptyDirectories(podUID: String) throws(VolumeError) {
        try removeTree("\(root)/pods/\(try Self.segment(podUID))")
    }

    /// The uids of the pods that have directories here. Blocks.
    public func podsWithDirectories() throws(VolumeError) -> [String] {
        do {
            return try Directory.entries("\(root)/pods").map(\.name)
        } catch {
            throw VolumeError(.storage, "cannot list the pod directories at \(root)", cause: error)
        }
    }

    private func makeDirectory(_ path: String, mode: UInt32) throws(VolumeError) {
        do {
            // One that exists keeps the mode its users gave it.
            if Directory.isDirectory(path) { return }
            try Directory.make(File.parent(of: path), mode: 0o711)
            try Directory.make(path)
            // mkdir's mode is narrowed by the umask.
            try File.setMode(path, mode)
        } catch {
            throw VolumeError(.storage, "cannot make the directory \(path)", cause: error)
        }
    }

    private func removeTree(_ path: String) throws(VolumeError) {
        do {
            try Directory.removeTree(path)
        } catch {
            throw VolumeError(.storage, "cannot remove the directory \(path)", cause: error)
        }
    }

    /// One path element that can't lead elsewhere.
    private static func segment(_ text: String) throws(VolumeError) -> String {
        guard !text.isEmpty, text.utf8.count <= 253, !text.utf8.contains(47), text != ".", text != ".." else {
            throw VolumeError(.invalid, "\"\(text)\" cannot be the name of a directory")
        }
        return text
    }
}
