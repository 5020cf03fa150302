import Clients
import Document
import SystemLinux

/// Fetches objects and prints them in the form that was asked for.
struct ObjectViewer {
    let client: KubernetesClient
    let format: ObjectFormat
    let allNamespaces: Bool
    let showsHeader: Bool
    let selection: KubernetesClient.Selection
    let showsManagedFields: Bool

    private var isTable: Bool { format == .table || format == .wide }
    private var accept: String { isTable ? KubernetesClient.tableForm : "application/json" }

    private func namespace(_ resource: APIResource) -> String? {
        resource.isNamespaced && !allNamespaces ? client.namespace : nil
    }

    /// Prints the present state.
    func show(_ groups: [ObjectNames.Group]) throws {
        if isTable { return try showTables(groups) }
        var items: [JSONValue] = []
        var isList = groups.count > 1
        for group in groups {
            if group.names.isEmpty {
                isList = true
                items += try list(group.resource)
            }
            for name in group.names {
                items.append(try client.get(group.resource, namespace: namespace(group.resource), name: name))
            }
            if format == .name {
                for item in items { line(group.resource.reference(item["metadata"]?["name"]?.stringValue ?? "")) }
                items = []
            }
        }
        guard format != .name else { return }
        if !isList, items.count == 1 { return try write(items[0]) }
        try write(["apiVersion": "v1", "kind": "List", "metadata": ["resourceVersion": ""], "items": .array(items)])
    }

    /// A list's items, with the kind that lists leave out.
    private func list(_ resource: APIResource) throws -> [JSONValue] {
        let list = try client.list(resource, namespace: namespace(resource), selection)
        return (list["items"]?.arrayValue ?? []).map { item in
            guard item["kind"] == nil else { return item }
            var whole: JSONValue = ["apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind)]
            for (key, value) in item.objectValue ?? JSONObject() { whole[key] = value }
            return whole
        }
    }

    /// One line at once: a watch's reader must not wait for a buffer to fill.
    private func line(_ text: String) {
        StandardStream.output.write(text + "\n")
    }

    private func write(_ value: JSONValue) throws {
        let text =
            switch format {
            case .path(let template): try ObjectPath(template).text(of: value)
            case .yaml: YAMLWriter.string(shown(value))
            default: JSONWriter.string(shown(value), style: .pretty) + "\n"
            }
        StandardStream.output.write(text)
    }

    /// The object without the bookkeeping of field managers, unless that was asked for.
    private func shown(_ value: JSONValue) -> JSONValue {
        guard !showsManagedFields else { return value }
        var value = value
        if value["metadata"]?["managedFields"] != nil { value["metadata", "managedFields"] = nil }
        if let items = value["items"]?.arrayValue { value["items"] = .array(items.map(shown)) }
        return value
    }

    private func showTables(_ groups: [ObjectNames.Group]) throws {
        var isFirst = true
        for group in groups {
            let tables = try tables(of: group)
            guard tables.contains(where: { $0["rows"]?.arrayValue?.isEmpty == false }) else { continue }
            if !isFirst { line("") }
            isFirst = false
            var printer = printer(group.resource, isMixed: groups.count > 1)
            for (index, table) in tables.enumerated() {
                printer.lines(table, showsHeader: showsHeader && index == 0).forEach(line)
            }
        }
        if isFirst {
            let place = allNamespaces ? "" : " in namespace \(client.namespace)"
            StandardStream.error.write("No objects found\(place).\n")
        }
    }

    private func tables(of group: ObjectNames.Group) throws -> [JSONValue] {
        guard !group.names.isEmpty else {
            return [try client.list(group.resource, namespace: namespace(group.resource), selection, accept: accept)]
        }
        // One table for all names: the rows of the later ones go under the header of the first.
        var merged: JSONValue?
        for name in group.names {
            let table = try client.get(
                group.resource, namespace: namespace(group.resource), name: name, accept: accept)
            if var first = merged {
                first["rows"] = .array((first["rows"]?.arrayValue ?? []) + (table["rows"]?.arrayValue ?? []))
                merged = first
            } else {
                merged = table
            }
        }
        return merged.map { [$0] } ?? []
    }

    private func printer(_ resource: APIResource, isMixed: Bool) -> TablePrinter {
        TablePrinter(
            isWide: format == .wide, showsNamespace: allNamespaces && resource.isNamespaced,
            namePrefix: isMixed ? resource.reference("") : "")
    }

    /// Prints the present state, then every change until the process is ended. A watch that the server ends is begun
    /// again where it stopped.
    func watch(_ group: ObjectNames.Group) throws {
        var selection = selection
        if let name = group.names.first { selection.fields = "metadata.name=\(name)" }
        let space = namespace(group.resource)
        let list = try client.list(group.resource, namespace: space, selection, accept: accept)
        var printer = printer(group.resource, isMixed: false)
        if isTable {
            printer.lines(list, showsHeader: showsHeader).forEach(line)
        } else {
            for item in list["items"]?.arrayValue ?? [] { try show(item, group.resource) }
        }
        var revision = list["metadata"]?["resourceVersion"]?.stringValue ?? "0"
        while true {
            let stream = try client.watch(
                group.resource, namespace: space, selection, from: revision, accept: accept,
                query: [("allowWatchBookmarks", "true")])
            while let event = try stream.nextJSON() {
                let object = event["object"] ?? .null
                if event["type"] == "ERROR" {
                    throw CommandFailure(object["message"]?.stringValue ?? "the watch broke")
                }
                revision = object["metadata"]?["resourceVersion"]?.stringValue ?? revision
                guard event["type"] != "BOOKMARK" else { continue }
                if isTable {
                    printer.lines(object, showsHeader: false).forEach(line)
                } else {
                    try show(object, group.resource)
                }
            }
        }
    }

    private func show(_ object: JSONValue, _ resource: APIResource) throws {
        switch format {
        case .name: line(resource.reference(object["metadata"]?["name"]?.stringValue ?? ""))
        case .yaml: StandardStream.output.write("---\n" + YAMLWriter.string(shown(object)))
        case .path:
            try write(object)
            line("")
        default: try write(object)
        }
    }
}
