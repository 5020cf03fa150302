import DockerAPI
import Document
import Effects
import EventBus
import HTTPService
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /skiff/v1/events`: the tail of the log, then what follows, one JSON object a line.
struct PlatformEventRoutes: RouteGroup {
    /// Entries answered at most.
    static let tailMax = 10_000

    let bus: EventBus
    let journal: EventJournal
    let effects: Effects

    func add(to router: Router<ServiceContext>) {
        router.get("/skiff/v1/events") { request, _ in
            try await answer(request)
        }
    }

    private func answer(_ request: Request) async throws -> Response {
        let parameters = request.uri.queryParameters
        let follow = parameters["follow"].map { $0 == "1" || $0 == "true" } ?? false
        let tail = min(max(parameters["tail"].flatMap { Int($0) } ?? 100, 0), Self.tailMax)
        guard let since = SinceParameter.moment(parameters["since"].map(String.init), now: effects.now) else {
            throw HTTPError(.badRequest, message: "since takes RFC 3339 or a duration like 10m")
        }
        // Subscribed before the tail is read: an event may come twice to the lines below, never zero times.
        let subscription = bus.subscribe(name: "events route")
        let past = try await journal.entries(since: since, limit: tail)
        return Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: ResponseBody { writer in
                var last = EventID(rawValue: 0)
                for entry in past {
                    try await writer.write(Self.line(entry))
                    last = entry.id
                }
                if follow { try await Self.follow(subscription, after: last, into: &writer) }
                try await writer.finish(nil)
            }
        )
    }

    private static func follow(
        _ subscription: Subscription,
        after last: EventID,
        into writer: inout any ResponseBodyWriter
    ) async throws {
        for await delivery in subscription {
            switch delivery {
            case .event(let event):
                if event.id > last { try await writer.write(line(JournalEntry(event))) }
            case .overrun(let missed):
                let note: JSONValue = ["kind": "overrun", "detail": .string("\(missed) events were missed")]
                try await writer.write(ByteBuffer(bytes: JSONWriter.bytes(note, style: .compact) + [10]))
            }
        }
    }

    private static func line(_ entry: JournalEntry) -> ByteBuffer {
        ByteBuffer(bytes: JSONWriter.bytes(entry.json, style: .compact) + [10])
    }
}

extension JournalEntry {
    /// The entry as scripts and the command line read it.
    var json: JSONValue {
        var value: JSONValue = [
            "id": .string(id.description), "time": .string(time.rfc3339Nano), "module": .string(module),
            "kind": .string(kind), "subject": .string(subject.description), "detail": .string(detail),
        ]
        switch cause {
        case .event(let id): value["cause"] = .string(id.description)
        case .request(let text): value["cause"] = .string(text)
        case nil: break
        }
        return value
    }
}
