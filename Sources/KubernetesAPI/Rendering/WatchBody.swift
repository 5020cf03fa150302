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
        if self.form.shape == .whole {
            return ByteBuffer(bytes: WatchFrame.bytes(event, resource: self.target.resource))
        }
        switch event {
        case .added(let object): return self.line("ADDED", object, isFirst)
        case .modified(let object): return self.line("MODIFIED", object, isFirst)
        case .deleted(let object): return self.line("DELETED", object, isFirst)
        case .error: return ByteBuffer(bytes: WatchFrame.bytes(event, resource: self.target.resource))
        case .bookmark(let revision, let initialEventsEnd):
            let bookmark = self.bookmark(revision, initialEventsEnd)
            return ByteBuffer(bytes: WatchFrame.frame("BOOKMARK", JSONWriter.bytes(bookmark)))
        }
    }

    private func line(_ type: String, _ object: StoredObject, _ isFirst: Bool) -> ByteBuffer {
        guard self.form.shape == .table else {
            return ByteBuffer(bytes: WatchFrame.frame(type, JSONWriter.bytes(PartialMetadata.object(object))))
        }
        // Clients keep the columns of the first event.
        let table = TableRenderer(kind: self.target.resource).table(
            objects: [object], includeObject: self.includeObject.renderer,
            listMetadata: ["resourceVersion": .string("\(object.resourceVersion)")], now: self.effects.now,
            includeColumns: isFirst)
        return ByteBuffer(bytes: WatchFrame.frame(type, JSONWriter.bytes(table)))
    }

    private func bookmark(_ revision: UInt64, _ initialEventsEnd: Bool) -> JSONValue {
        var metadata: JSONValue = ["resourceVersion": .string("\(revision)")]
        if initialEventsEnd { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        if self.form.shape == .metadata {
            return ["kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata]
        }
        return [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": .null,
            "rows": [],
        ]
    }
}
