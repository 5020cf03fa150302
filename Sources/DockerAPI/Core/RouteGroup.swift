import HTTPService
import HTTPTypes
import Hummingbird

/// A set of routes of the Engine API that belong together. Each part of the platform brings its own; the composition
/// root lists them.
public protocol RouteGroup: Sendable {
    /// Adds the group's routes. Paths come without the `/v1.NN` prefix; handlers run in the connection's task.
    func add(to router: Router<ServiceContext>)
}

/// What a handler of a named route gets: request, context and the decoded name, which may hold slashes.
public typealias NamedHandler = @Sendable (Request, ServiceContext, String) async throws -> Response

extension Router where Context == ServiceContext {
    /// Routes `/<collection>/<name>/<action>` where the name may hold slashes (image references do), so the action is
    /// found from the end. An empty action is the bare `/<collection>/<name>`.
    ///
    /// All named routes of one method and collection must be given together.
    public func named(_ method: HTTPRequest.Method, under collection: String, actions: [String: NamedHandler]) {
        on("/\(collection)/**", method: method) { request, context in
            guard var segments = request.pathSegments, segments.count >= 2 else {
                throw EngineError(.invalid, "malformed path: \(request.rawPath)")
            }
            segments.removeFirst()
            if segments.count >= 2, let last = segments.last, !last.isEmpty, let handler = actions[last] {
                return try await handler(request, context, segments.dropLast().joined(separator: "/"))
            }
            guard let handler = actions[""] else { throw EngineError(.notFound, "page not found") }
            return try await handler(request, context, segments.joined(separator: "/"))
        }
    }
}
