import Document
import Effects
import EventBus
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Runtime

/// `GET /events`: the bus in Docker's words.
struct EventRoutes: RouteGroup {
    let dependencies: DockerAPI.Dependencies
    /// Docker keeps about this many for `since`.
    static let replayMax: UInt64 = 256

    init(dependencies: DockerAPI.Dependencies) {
        self.dependencies = dependencies
    }

    func add(to router: Router<ServiceContext>) {
        router.get("/events") { request, _ in try events(request) }
    }

    private func events(_ request: Request) throws -> Response {
        let now = dependencies.effects.now
        let since = try TimeParameter.parse(request.queryItems["since"], now: now)
        let until = try TimeParameter.parse(request.queryItems["until"], now: now)
        let filter = EventFilter(
            try request.filters(allowed: [
                "type", "event", "container", "image", "label", "network", "volume", "scope", "daemon",
            ])
        )
        let translator = EventTranslator(runtime: dependencies.runtime)
        let subscription = dependencies.bus.subscribe(name: "docker events", families: [.container, .image])
        // What was published since the subscription began comes from both sides; the id says which were replayed.
        let end = dependencies.bus.nextID
        let past = since.map { replay(since: $0, before: end) } ?? []
        let firstLive = since == nil ? EventID(rawValue: 0) : end
        let effects = dependencies.effects
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody { writer in
                func send(_ event: Event) async throws {
                    guard let message = translator.translate(event), filter.shows(message) else { return }
                    try await writer.write(ByteBuffer(bytes: JSONWriter.bytes(.object(message.json)) + [10]))
                }
                for event in past where until.map({ event.time <= $0 }) ?? true { try await send(event) }
                if let until, until <= effects.now {
                    try await writer.finish(nil)
                    return
                }
                try await follow(subscription, until: until, effects: effects) { event in
                    if event.id >= firstLive { try await send(event) }
                }
                try await writer.finish(nil)
            }
        )
    }

    /// Hands on events until the time is over, the client is gone or the engine stops.
    private func follow(
        _ subscription: Subscription,
        until: Timestamp?,
        effects: Effects,
        _ send: (Event) async throws -> Void
    ) async throws {
        guard let until else {
            var reader = subscription.makeAsyncIterator()
            while let delivery = await reader.next() {
                if case .event(let event) = delivery { try await send(event) }
            }
            return
        }
        // A stream that ends by the clock: the reader is a task of its own, which the clock cancels.
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(1024))
        let reader = Task {
            var reader = subscription.makeAsyncIterator()
            while let delivery = await reader.next() {
                if case .event(let event) = delivery { continuation.yield(event) }
            }
            continuation.finish()
        }
        let clock = Task {
            try? await effects.time.sleep(for: until - effects.now)
            continuation.finish()
        }
        defer {
            reader.cancel()
            clock.cancel()
        }
        for await event in stream where event.time <= until { try await send(event) }
    }

    /// What the bus still holds since a time, at most `replayMax` events.
    private func replay(since: Timestamp, before end: EventID) -> [Event] {
        let last = end.rawValue
        let first = last > Self.replayMax ? last - Self.replayMax : 1
        return (first..<max(first, last)).compactMap { dependencies.bus.event(EventID(rawValue: $0)) }
            .filter { $0.time >= since && ($0.payload.family == .container || $0.payload.family == .image) }
    }
}
