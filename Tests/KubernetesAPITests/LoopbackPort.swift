import Effects
import NIOCore
import NIOPosix
import SystemLinux

/// TCP on loopback, seen from a client.
enum LoopbackPort {
    struct NoAnswer: Error {}

    /// A port nobody listens on now.
    static func free() throws -> UInt16 {
        let socket = try InternetSocket.bind(.tcp, IPAddress(127, 0, 0, 1), port: 0)
        return try InternetSocket.port(of: socket)
    }

    /// Connects as soon as somebody listens, sends `text` and returns all that comes back; gives up after 20 seconds.
    static func ask(_ port: UInt16, _ text: String) async throws -> String {
        let time = Effects.live.time
        let deadline = time.monotonic + .seconds(20)
        while time.monotonic < deadline {
            do {
                let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(host: "127.0.0.1", port: Int(port)) { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                        }
                    }
                return try await channel.executeThenClose { inbound, outbound in
                    try await outbound.write(ByteBuffer(string: text))
                    var answer = ""
                    for try await buffer in inbound { answer += String(buffer: buffer) }
                    return answer
                }
            } catch is ChannelError {
                try await time.sleep(for: .milliseconds(50))
            } catch is NIOConnectionError {
                try await time.sleep(for: .milliseconds(50))
            }
        }
        throw NoAnswer()
    }
}
