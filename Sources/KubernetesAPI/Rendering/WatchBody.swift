import Cluster
import Document
import Effects
import HTTPTypes
import HummingbirdCore
import NIOCore

/// The answer to a watch: one JSON document per line, each event flushed on its own.
struct WatchBody: Sendable {
    let watch: Watch
    let target: ResourceTarget
    let form: AnswerForm
    let includeObject: TableInclusion
    let effects: Effects

    var response: Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache, private"],
            body: ResponseBody { writer in
                defer { self.watch.finish() }
                var isFirst = true
                for await event in self.watch {
                    try await writer.write(self.line(event, isFirst: isFirst))
                    isFirst = false
                }
                try await writer.finish(nil)
            })
    }

    /// One event as a line.
    private func line(_ event: WatchEvent, isFirst: Bool) -> ByteBuffer {
        switch event {
        case .added(let object): return self.line("ADDED", object, isFirst)
        case .modified(let object): return self.line("MODIFIED", object, isFirst)
        case .deleted(let object): return self.line("DELETED", object, isFirst)
        case .bookmark(let revision, let initialEventsEnd):
            return self.line("BOOKMARK", JSONWriter.bytes(self.bookmark(revision, initialEventsEnd)))
        case .error(let status):
            return self.line("ERROR", status.bytes)
        }
    }

    private func line(_ type: String, _ object: StoredObject, _ isFirst: Bool) -> ByteBuffer {
        switch self.form.shape {
        case .whole:
            return self.line(type, object.bytes)
        case .metadata:
            return self.line(type, JSONWriter.bytes(PartialMetadata.object(object)))
        case .table:
            var table = TableRenderer(self.target.resource).table(
                objects: [object], includeObject: self.includeObject.renderer,
                listMetadata: ["resourceVersion": .string("\(object.resourceVersion)")], now: self.effects.now)
            // Clients keep the columns of the first event.
            if !isFirst { table["columnDefinitions"] = .null }
            return self.line(type, JSONWriter.bytes(table))
        }
    }

    private func bookmark(_ revision: UInt64, _ initialEventsEnd: Bool) -> JSONValue {
        var metadata: JSONValue = ["resourceVersion": .string("\(revision)")]
        if initialEventsEnd { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        switch self.form.shape {
        case .whole:
            return [
                "kind": .string(self.target.resource.kind), "apiVersion": .string(self.target.resource.apiVersion),
                "metadata": metadata,
            ]
        case .metadata:
            return ["kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata]
        case .table:
            return [
                "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": .null,
                "rows": [],
            ]
        }
    }

    private func line(_ type: String, _ object: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(object.count + 40)
        buffer.writeString("{\"type\":\"\(type)\",\"object\":")
        buffer.writeBytes(object)
        buffer.writeString("}\n")
        return buffer
    }
}
