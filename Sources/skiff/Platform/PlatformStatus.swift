import Clients
import Document

/// What `/skiff/v1/status` says, ready for printing.
struct PlatformStatus {
    /// The report as it came.
    let report: JSONValue

    /// Asks the daemon. Blocks.
    init(_ client: DaemonClient) throws {
        report = try client.json("GET", "/skiff/v1/status")
    }

    var kubeconfig: String { text("kubeconfig") }

    var notes: [String] { (report["notes"]?.arrayValue ?? []).compactMap(\.stringValue) }

    /// Addresses, one aligned line each.
    var addressLines: [String] {
        let rows = [
            ("API", text("api")), ("Registry", text("registry")), ("Docker", "unix://\(text("socket"))"),
            ("kubeconfig", kubeconfig),
        ]
        return rows.map { "\(Self.padded($0.0, to: 12))\($0.1)" }
    }

    /// Modules with the time their start took, wrapped for 80 columns.
    var startLines: [String] {
        let modules = (report["modules"]?.arrayValue ?? []).map { module in
            "\(module["name"]?.stringValue ?? "?") \(module["milliseconds"]?.intValue ?? 0) ms"
        }
        var lines: [String] = []
        for module in modules {
            if let last = lines.last, last.count + module.count < 72 {
                lines[lines.count - 1] = "\(last), \(module)"
            } else {
                lines.append(module)
            }
        }
        return lines
    }

    func text(_ key: String) -> String { report[key]?.stringValue ?? "" }

    static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
