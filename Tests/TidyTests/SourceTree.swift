import Foundation

/// The checked-out project, read as text.
struct SourceTree {
    /// One Swift file.
    struct File {
        /// Path from the project's root.
        let path: String
        let lines: [String]

        /// The target it belongs to: the second part of its path.
        var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    }

    let root: String

    /// The project that holds this very file.
    static let project = SourceTree(
        root: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path()
    )

    func text(_ path: String) throws -> String {
        try String(contentsOfFile: root + "/" + path, encoding: .utf8)
    }

    /// All files below `folder` whose name ends in `.ext`, in path order.
    func files(below folder: String, ext: String = "swift") throws -> [File] {
        guard let walker = FileManager.default.enumerator(atPath: root + "/" + folder) else { return [] }
        return try walker.compactMap { $0 as? String }.filter { $0.hasSuffix("." + ext) }.sorted().map { name in
            let path = folder + "/" + name
            return File(path: path, lines: try text(path).components(separatedBy: "\n"))
        }
    }
}

/// A place that breaks a rule, printed as compilers do.
struct Finding: CustomStringConvertible {
    let path: String
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}
