import Crypto
import Document
import HTTPTypes
import HummingbirdCore

/// The opening handshake of RFC 6455 section 4.2.
enum WebSocketHandshake {
    private static let guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// True when the request asks for a WebSocket.
    static func isRequested(_ request: Request) -> Bool {
        UpgradeHeaders.names(request, .upgrade).contains("websocket") && request.headers[.secWebSocketKey] != nil
    }

    /// The subprotocols the client offers, in its order.
    static func subprotocols(_ request: Request) -> [String] {
        request.headers[values: .secWebSocketProtocol]
            .flatMap { $0.split(separator: ",") }
            .map { String($0.trimmingBlanks) }
    }

    /// The headers of the 101 answer; `subprotocol` only when the client offered it.
    static func headers(_ request: Request, subprotocol: String?) -> HTTPFields {
        let key = request.headers[.secWebSocketKey] ?? ""
        let digest = Insecure.SHA1.hash(data: Array((key + self.guid).utf8))
        var headers: HTTPFields = [
            .connection: "Upgrade", .upgrade: "websocket", .secWebSocketAccept: Base64.encode(Array(digest)),
        ]
        if let subprotocol, self.subprotocols(request).contains(subprotocol) {
            headers[.secWebSocketProtocol] = subprotocol
        }
        return headers
    }
}

/// Tokens of list headers.
enum UpgradeHeaders {
    /// A header's tokens in lower case.
    static func names(_ request: Request, _ name: HTTPField.Name) -> [String] {
        request.headers[values: name].flatMap { $0.split(separator: ",") }.map { $0.trimmingBlanks.lowercased() }
    }

    /// True when the request asks for SPDY/3.1.
    static func asksForSPDY(_ request: Request) -> Bool { self.names(request, .upgrade).contains("spdy/3.1") }

    /// The stream protocols a SPDY client offers, in its order; repeated headers and lists both count.
    static func streamProtocols(_ request: Request) -> [String] {
        request.headers[values: .streamProtocol]
            .flatMap { $0.split(separator: ",") }
            .map { String($0.trimmingBlanks) }
    }
}

extension HTTPField.Name {
    /// Names and chooses the protocol inside a SPDY connection; a valid token, so the fallback is never used.
    static let streamProtocol = HTTPField.Name("X-Stream-Protocol-Version") ?? .upgrade
    /// What a server that knows none of the offered protocols would accept.
    static let acceptedStreamProtocols = HTTPField.Name("X-Accepted-Stream-Protocol-Versions") ?? .upgrade
}
