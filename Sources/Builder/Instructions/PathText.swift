/// Paths as text: no file system is asked.
enum PathText {
    /// `path` without empty, `.` and `..` parts; a `..` at the root of an absolute path is dropped.
    static func clean(_ path: String) -> String {
        let isAbsolute = path.utf8.first == Byte.slash
        var parts: [Substring] = []
        for part in path.split(separator: "/") {
            switch part {
            case ".": continue
            case "..":
                if let last = parts.last, last != ".." {
                    parts.removeLast()
                } else if !isAbsolute {
                    parts.append(part)
                }
            default: parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return isAbsolute ? "/" + joined : (joined.isEmpty ? "." : joined)
    }

    /// `path` cleaned, joined to `directory` when it is relative.
    static func absolute(_ path: String, in directory: String) -> String {
        path.utf8.first == Byte.slash ? clean(path) : clean(directory + "/" + path)
    }

    /// The part after the last slash.
    static func lastComponent(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? ""
    }

    /// The part before the last slash; `/` or the empty string when there is none.
    static func parent(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: Byte.slash) else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// `name` below `directory`; an empty directory adds nothing.
    static func join(_ directory: String, _ name: String) -> String {
        if directory.isEmpty { return name }
        return directory.utf8.last == Byte.slash ? directory + name : directory + "/" + name
    }

    /// The parts between slashes.
    static func components(_ path: String) -> [String] {
        path.split(separator: "/").map(String.init)
    }
}
