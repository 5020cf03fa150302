import Document
import SystemLinux

/// Prints the server's tables, aligned, as kubectl does.
struct TablePrinter {
    /// Blanks between columns.
    private static let gap = 3

    var isWide = false
    var showsNamespace = false
    /// Put before each name, such as `pod/`.
    var namePrefix = ""

    private var header: [String] = []
    private var columns: [Int] = []
    private var widths: [Int] = []

    init(isWide: Bool, showsNamespace: Bool, namePrefix: String = "") {
        self.isWide = isWide
        self.showsNamespace = showsNamespace
        self.namePrefix = namePrefix
    }

    /// The lines of a table: with its header when `showsHeader`. Columns of the first table serve for later ones, so a
    /// watch keeps its alignment.
    mutating func lines(_ table: JSONValue, showsHeader: Bool) -> [String] {
        if let definitions = table["columnDefinitions"]?.arrayValue, !definitions.isEmpty {
            columns = definitions.indices.filter { isWide || (definitions[$0]["priority"]?.intValue ?? 0) == 0 }
            header = columns.map { definitions[$0]["name"]?.stringValue?.uppercased() ?? "" }
            if showsNamespace { header.insert("NAMESPACE", at: 0) }
        }
        var rows = (table["rows"]?.arrayValue ?? []).map { self.cells($0) }
        if showsHeader { rows.insert(header, at: 0) }
        for row in rows {
            for (index, cell) in row.enumerated() {
                if index == widths.count { widths.append(0) }
                widths[index] = max(widths[index], cell.count)
            }
        }
        return rows.map { self.line($0) }
    }

    private func cells(_ row: JSONValue) -> [String] {
        var cells = columns.enumerated().map { position, column -> String in
            let text = Self.text(row["cells"]?[column])
            return position == 0 ? namePrefix + text : text
        }
        if showsNamespace { cells.insert(row["object"]?["metadata"]?["namespace"]?.stringValue ?? "", at: 0) }
        return cells
    }

    private static func text(_ cell: JSONValue?) -> String {
        switch cell {
        case .string(let text)?: text
        case .integer(let number)?: String(number)
        case .number(let number)?: String(number)
        case .bool(let truth)?: String(truth)
        case nil, .null?: "<none>"
        case let value?: JSONWriter.string(value)
        }
    }

    private func line(_ cells: [String]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            line += cell
            if index < cells.count - 1 {
                line += String(repeating: " ", count: widths[index] - cell.count + Self.gap)
            }
        }
        return line
    }
}

/// Aligns rows of text without a server's help.
enum TextTable {
    static func lines(_ rows: [[String]]) -> [String] {
        var widths: [Int] = []
        for row in rows {
            for (index, cell) in row.enumerated() {
                if index == widths.count { widths.append(0) }
                widths[index] = max(widths[index], cell.count)
            }
        }
        return rows.map { row in
            let padded = row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }
            return padded.joined(separator: "   ")
        }
    }
}
