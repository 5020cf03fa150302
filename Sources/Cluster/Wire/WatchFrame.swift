import Document

/// The wire form of watch events: one JSON object per line.
public enum WatchFrame {
    /// The line of an event, with its newline; objects are copied as stored, without encoding them anew.
    public static func bytes(_ event: WatchEvent, resource: ResourceKind) -> [UInt8] {
        switch event {
        case .added(let object): frame("ADDED", resource.bytes(of: object))
        case .modified(let object): frame("MODIFIED", resource.bytes(of: object))
        case .deleted(let object): frame("DELETED", resource.bytes(of: object))
        case .error(let status): frame("ERROR", status.bytes)
        case .bookmark(let revision, let initialEventsEnd):
            frame("BOOKMARK", JSONWriter.bytes(bookmark(revision, initialEventsEnd, resource)))
        }
    }

    /// The object of a bookmark.
    public static func bookmark(_ revision: UInt64, _ initialEventsEnd: Bool, _ resource: ResourceKind) -> JSONValue {
        var metadata: JSONValue = ["resourceVersion": .string(String(revision)), "creationTimestamp": nil]
        if initialEventsEnd { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        return ["kind": .string(resource.kind), "apiVersion": .string(resource.apiVersion), "metadata": metadata]
    }

    /// The line of any object.
    public static func frame(_ type: String, _ object: [UInt8]) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(object.count + 40)
        line.append(contentsOf: "{\"type\":\"\(type)\",\"object\":".utf8)
        line.append(contentsOf: object)
        line.append(contentsOf: "}\n".utf8)
        return line
    }

    /// A list's whole JSON text, made of the stored bytes of its items.
    public static func list(_ page: ListResult, resource: ResourceKind) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(page.items.reduce(256) { $0 + $1.bytes.count + 1 })
        let head: JSONValue = [
            "kind": .string(resource.listKind), "apiVersion": .string(resource.apiVersion), "metadata": page.metadata,
        ]
        bytes += JSONWriter.bytes(head).dropLast()
        bytes += ",\"items\":[".utf8
        for (index, item) in page.items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += resource.bytes(of: item)
        }
        bytes += "]}".utf8
        return bytes
    }
}

extension ListResult {
    /// The list's `metadata`.
    public var metadata: JSONValue {
        var metadata: JSONValue = ["resourceVersion": .string(String(resourceVersion))]
        if let continueToken { metadata["continue"] = .string(continueToken) }
        if let remainingItemCount { metadata["remainingItemCount"] = .integer(Int64(remainingItemCount)) }
        return metadata
    }
}
