import Clients
import Document

/// The calls that several verbs share.
extension DaemonClient {
    /// Inspects a container.
    func inspectContainer(_ name: String) throws(DaemonError) -> JSONValue {
        try json("GET", "/containers/\(name)/json")
    }

    /// Makes a container, pulling its image first when that is wanted; answers its id.
    func createContainer(_ body: JSONValue, name: String?, pull: PullChoice, platform: String?) throws -> String {
        var query: [(name: String, value: String)] = []
        if let name { query.append(("name", name)) }
        if let platform { query.append(("platform", platform)) }
        let image = body["Image"]?.stringValue ?? ""
        if pull == .always { try pullImage(image, platform: platform) }
        let reply: JSONValue
        do throws(DaemonError) {
            reply = try json("POST", "/containers/create", query: query, body: body)
        } catch {
            guard error.code == .refused(404), error.message.contains("No such image"), pull == .missing else {
                throw error
            }
            StandardStreamPrinter.note("Unable to find image '\(image)' here, pulling it")
            try pullImage(image, platform: platform)
            reply = try json("POST", "/containers/create", query: query, body: body)
        }
        for warning in reply["Warnings"]?.arrayValue ?? [] {
            StandardStreamPrinter.note("WARNING: \(warning.stringValue ?? "")")
        }
        return reply["Id"]?.stringValue ?? ""
    }

    /// Pulls an image and shows how it goes on standard error.
    private func pullImage(_ image: String, platform: String?) throws {
        var query = [(name: "fromImage", value: image)]
        if let platform { query.append(("platform", platform)) }
        let stream = try open(DaemonRequest("POST", "/images/create", query: query))
        while let message = try stream.nextJSON() {
            if let error = message["error"]?.stringValue { throw CommandFailure(error) }
            guard let status = message["status"]?.stringValue, message["progressDetail"]?.objectValue?.isEmpty ?? true
            else { continue }
            let id = message["id"]?.stringValue
            StandardStreamPrinter.note(id.map { "\($0): \(status)" } ?? status)
        }
    }
}

/// Does the same for several names: all are tried, each failure is told, and the exit status says whether all went well.
enum EachName {
    static func run(_ names: [String], printing: Bool = true, _ body: (String) throws -> Void) throws {
        var failed = false
        for name in names {
            do {
                try body(name)
                if printing { print(name) }
            } catch let error as DaemonError where error.code != .notReachable {
                StandardStreamPrinter.note("Error: \(error.message)")
                failed = true
            }
        }
        if failed { throw ExitStatus.failure }
    }
}
