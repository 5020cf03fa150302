import Document

/// The results as people and as scripts read them.
struct Report {
    let results: [Measurement]

    init(_ results: [Measurement]) {
        self.results = results
    }

    /// Aligned columns: row, contestant, median, p95, budget.
    var table: String {
        let header = ["ROW", "WHO", "MEDIAN", "P95", "UNIT", "BUDGET", ""]
        let rows = results.map { result in
            [
                result.row, result.contestant, Self.number(result.median), Self.number(result.p95), result.unit,
                result.budget.map(Self.number) ?? "", Self.verdict(result),
            ]
        }
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        return ([header] + rows).map { cells in
            var line = ""
            for (column, cell) in cells.enumerated() {
                line += cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    /// One object with all samples.
    var json: String {
        let rows = results.map { result -> JSONValue in
            var value: JSONValue = [
                "row": .string(result.row), "who": .string(result.contestant), "unit": .string(result.unit),
                "median": .number(result.median), "p95": .number(result.p95),
                "samples": .array(result.samples.map(JSONValue.number)),
            ]
            if let budget = result.budget { value["budget"] = .number(budget) }
            return value
        }
        return JSONWriter.string(["results": .array(rows)], style: .pretty)
    }

    private static func verdict(_ result: Measurement) -> String {
        guard let budget = result.budget else { return "" }
        return result.median <= budget ? "met" : "missed"
    }

    private static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
