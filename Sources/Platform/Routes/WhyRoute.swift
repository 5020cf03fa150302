import Cluster
import DockerAPI
import Document
import Effects
import EventBus
import HTTPService
import HTTPTypes
import Hummingbird

/// `GET /skiff/v1/why?subject=pod/web-1`: the chain of causes behind the newest event of a subject.
struct WhyRoute: RouteGroup {
    let journal: EventJournal
    let resolver: SubjectResolver

    func add(to router: Router<ServiceContext>) {
        router.get("/skiff/v1/why") { request, _ in
            let parameters = request.uri.queryParameters
            let text = parameters["subject"].map(String.init) ?? ""
            let namespace = parameters["namespace"].map(String.init) ?? "default"
            let answer = try await answer(text, namespace: namespace)
            return Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: .init(bytes: JSONWriter.bytes(answer, style: .compact)))
            )
        }
    }

    private func answer(_ text: String, namespace: String) async throws -> JSONValue {
        guard let subject = await resolver.subject(text, namespace: namespace) else {
            throw HTTPError(
                .badRequest,
                message: "'\(text)' is no subject; write a kind and a name, such as pod/web-1 or container/4f0c12ab"
            )
        }
        guard let newest = try await journal.entries(of: subject, limit: 1).last else {
            throw HTTPError(.notFound, message: "nothing is recorded about \(subject); 'skiff events' shows what is")
        }
        let chain = try await CauseChain.following(newest) { try await journal.entry($0) }
        var value: JSONValue = [
            "subject": .string(subject.description),
            "links": .array(chain.links.map(\.json)),
        ]
        if let request = chain.request { value["request"] = .string(request) }
        if let state = await resolver.state(of: subject) { value["state"] = .string(state) }
        if let first = chain.links.first, let last = chain.links.last {
            value["totalMilliseconds"] = .integer((last.time - first.time).wholeNanoseconds / 1_000_000)
        }
        return value
    }
}
