import Cluster
import Document

/// What a probe or lifecycle hook does.
enum HandlerSpec: Sendable, Hashable {
    /// Runs a command in the container.
    case exec([String])
    /// Makes a GET request; an empty host is the pod's address.
    case httpGet(HTTPTarget)
    /// Opens a connection; an empty host is the pod's address.
    case tcpSocket(host: String, port: Int)
    /// Waits.
    case sleep(seconds: Int64)

    /// Reads a probe or a lifecycle handler; nil when it names none of these.
    init?(json: JSONValue, container: JSONValue) {
        if let exec = json["exec"] {
            self = .exec(exec["command"]?.stringList ?? [])
        } else if let get = json["httpGet"] {
            guard let port = Self.port(get["port"], of: container) else { return nil }
            let path = get.text("path")
            self = .httpGet(
                HTTPTarget(
                    host: get.text("host"), port: port, path: path.isEmpty ? "/" : path,
                    isTLS: get.text("scheme").uppercased() == "HTTPS",
                    headers: get.items("httpHeaders").map { HTTPTarget.Header($0.text("name"), $0.text("value")) }))
        } else if let socket = json["tcpSocket"] {
            guard let port = Self.port(socket["port"], of: container) else { return nil }
            self = .tcpSocket(host: socket.text("host"), port: port)
        } else if let sleep = json["sleep"] {
            self = .sleep(seconds: sleep["seconds"]?.intValue ?? 0)
        } else {
            return nil
        }
    }

    /// A port number, or the number of the container's port of that name.
    private static func port(_ value: JSONValue?, of container: JSONValue) -> Int? {
        if let number = value?.intValue { return Int(number) }
        guard let name = value?.stringValue else { return nil }
        if let number = Int(name) { return number }
        return container.items("ports").first { $0.text("name") == name }?["containerPort"]?.intValue.map { Int($0) }
    }
}

/// Where an HTTP handler asks.
struct HTTPTarget: Sendable, Hashable {
    /// A header line.
    struct Header: Sendable, Hashable {
        var name: String
        var value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Empty is the pod's address.
    var host: String
    var port: Int
    var path: String
    var isTLS = false
    var headers: [Header] = []
}

/// A probe with its timing (core/v1 Probe).
struct ProbeSpec: Sendable, Hashable {
    let handler: HandlerSpec?
    let initialDelay: Duration
    let period: Duration
    let timeout: Duration
    let successThreshold: Int
    let failureThreshold: Int
    /// The grace of the kill that a failure leads to; nil takes the pod's.
    let graceSeconds: Int?

    init(json: JSONValue, container: JSONValue) {
        handler = HandlerSpec(json: json, container: container)
        initialDelay = .seconds(json["initialDelaySeconds"]?.intValue ?? 0)
        period = .seconds(max(1, json["periodSeconds"]?.intValue ?? 10))
        timeout = .seconds(max(1, json["timeoutSeconds"]?.intValue ?? 1))
        successThreshold = Int(max(1, json["successThreshold"]?.intValue ?? 1))
        failureThreshold = Int(max(1, json["failureThreshold"]?.intValue ?? 3))
        graceSeconds = json["terminationGracePeriodSeconds"]?.intValue.map { Int($0) }
    }

    init(
        handler: HandlerSpec, initialDelay: Duration = .zero, period: Duration = .seconds(10),
        timeout: Duration = .seconds(1), successThreshold: Int = 1, failureThreshold: Int = 3, graceSeconds: Int? = nil
    ) {
        self.handler = handler
        self.initialDelay = initialDelay
        self.period = period
        self.timeout = timeout
        self.successThreshold = successThreshold
        self.failureThreshold = failureThreshold
        self.graceSeconds = graceSeconds
    }
}
