import Document
import SystemLinux
import Testing

/// Reads a log of Docker's json-file format.
enum LogFile {
    struct Entry: Equatable {
        let log: String
        let stream: String
        let time: String
    }

    static func entries(_ path: String) throws -> [Entry] {
        try File.readText(path).split(separator: "\n").map { line in
            let value = try JSONReader.parse(String(line))
            return Entry(
                log: try #require(value["log"]?.stringValue), stream: try #require(value["stream"]?.stringValue),
                time: try #require(value["time"]?.stringValue)
            )
        }
    }
}
