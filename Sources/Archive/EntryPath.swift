import SystemLinux

/// The path of an entry, taken apart and checked: it cannot leave the directory it is applied to.
struct EntryPath: Hashable {
    /// The components above the last one, joined with slashes; empty for the top.
    let parent: FileName
    /// The last component, nil when the path is the root itself.
    let name: FileName?

    /// Takes a path of an archive. Leading slashes and `.` components mean nothing; `..` is refused.
    init(_ path: FileName, limits: UnpackLimits) throws(ArchiveError) {
        guard path.bytes.count <= limits.pathBytes else {
            throw ArchiveError(.limit, "path of \(path.bytes.count) bytes is longer than \(limits.pathBytes)")
        }
        var components: [ArraySlice<UInt8>] = []
        for component in path.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true) {
            if component.elementsEqual(".".utf8) { continue }
            guard !component.elementsEqual("..".utf8) else {
                throw ArchiveError(.escape, "\(path): path climbs out with \"..\"")
            }
            components.append(component)
        }
        guard components.count <= limits.depth else {
            throw ArchiveError(.limit, "\(path): is deeper than \(limits.depth) directories")
        }
        name = components.popLast().map { FileName(bytes: $0) }
        parent = FileName(bytes: components.joined(separator: [UInt8(ascii: "/")]))
    }

    init(parent: FileName, name: FileName) {
        self.parent = parent
        self.name = name
    }

    /// The whole path without leading slash.
    var full: FileName {
        guard let name else { return FileName(".") }
        return parent.bytes.isEmpty ? name : FileName(bytes: parent.bytes + [UInt8(ascii: "/")] + name.bytes)
    }

    /// Whether this path lies below `directory`.
    static func isBelow(_ path: FileName, _ directory: FileName) -> Bool {
        path == directory || path.bytes.starts(with: directory.bytes + [UInt8(ascii: "/")])
    }
}
