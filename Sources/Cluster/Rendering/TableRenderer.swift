import Document
import Effects

/// Renders objects as `meta.k8s.io/v1` Tables with kubectl's columns.
public struct TableRenderer: Sendable {
    /// What a row carries of its object.
    public enum IncludeObject: String, Sendable {
        /// Nothing.
        case none = "None"
        /// Its metadata.
        case metadata = "Metadata"
        /// The whole object.
        case object = "Object"
    }

    private let kind: ResourceKind

    /// A renderer for one resource.
    public init(kind: ResourceKind) {
        self.kind = kind
    }

    /// The table of `objects`. Watches leave the column definitions out after the first event.
    public func table(
        objects: [StoredObject],
        includeObject: IncludeObject = .metadata,
        listMetadata: JSONValue = [:],
        now: Timestamp,
        includeColumns: Bool = true
    ) -> JSONValue {
        var table: JSONValue = ["kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": listMetadata]
        table["columnDefinitions"] = includeColumns ? columnDefinitions : .null
        table["rows"] = .array(objects.map { row($0, includeObject: includeObject, now: now) })
        return table
    }

    /// The column definitions.
    public var columnDefinitions: JSONValue {
        .array(
            kind.columns.map { column in
                [
                    "name": .string(column.name), "type": .string(column.type), "format": .string(column.format),
                    "description": .string(column.documentation), "priority": .integer(Int64(column.priority)),
                ]
            })
    }

    /// The cells of one object, as text or numbers, in the order of the columns.
    public func cells(_ object: StoredObject, now: Timestamp) -> [JSONValue] {
        kind.columns.map { TableCell.render($0.cell, object, now: now) }
    }

    private func row(_ object: StoredObject, includeObject: IncludeObject, now: Timestamp) -> JSONValue {
        var row: JSONValue = ["cells": .array(cells(object, now: now))]
        if kind.storage == .pods, let condition = PodCells.finishedCondition(object.value) {
            row["conditions"] = [condition]
        }
        switch includeObject {
        case .none: break
        case .metadata: row["object"] = PartialMetadata.object(object)
        case .object: row["object"] = kind.value(of: object)
        }
        return row
    }
}

/// Renders objects as `meta.k8s.io/v1` PartialObjectMetadata.
public enum PartialMetadata {
    /// The metadata of one object.
    public static func object(_ object: StoredObject) -> JSONValue {
        [
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": object.value["metadata"] ?? [:],
        ]
    }

    /// The metadata of a page.
    public static func list(_ page: ListResult) -> JSONValue {
        [
            "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": page.metadata,
            "items": .array(page.items.map(object)),
        ]
    }
}
