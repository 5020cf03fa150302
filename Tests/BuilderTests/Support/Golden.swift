import SystemLinux
import Testing

/// Compares text with files under `Goldens`; `UPDATE_GOLDENS=1` writes them instead.
enum Golden {
    static let root = File.parent(of: File.parent(of: #filePath)) + "/Goldens"

    /// The names of the cases in a folder, from their `NAME.input.*` files.
    static func cases(in folder: String) -> [String] {
        let names = (try? Directory.entries("\(root)/\(folder)").map(\.name)) ?? []
        return names.filter { $0.contains(".input.") }.map { String($0.prefix { $0 != "." }) }.sorted()
    }

    static func input(_ name: String, in folder: String) throws -> [UInt8] {
        try File.read("\(root)/\(folder)/\(name).input.dockerfile")
    }

    static func check(_ text: String, _ name: String, in folder: String) throws {
        let path = "\(root)/\(folder)/\(name).output.txt"
        if ProcessEnvironment.value("UPDATE_GOLDENS") == "1" {
            try File.write(path, Array(text.utf8))
            return
        }
        let expected = try File.readText(path)
        #expect(text == expected, "differs from \(path)")
    }
}

/// The environment of the test process, read without Foundation.
enum ProcessEnvironment {
    static func value(_ name: String) -> String? {
        guard let bytes = try? File.read("/proc/self/environ") else { return nil }
        for entry in bytes.split(separator: 0) {
            let text = String(decoding: entry, as: UTF8.self)
            if text.hasPrefix(name + "=") { return String(text.dropFirst(name.count + 1)) }
        }
        return nil
    }
}
