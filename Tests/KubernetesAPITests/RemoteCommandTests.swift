import Document
import NIOCore
import Testing

@testable import KubernetesAPI

@Suite struct RemoteCommandTests {
    @Test func picksTheBestCommonVersion() {
        #expect(WebSocketRemoteCommand.version(offered: ["v4.channel.k8s.io", "v5.channel.k8s.io"]) == .v5)
        #expect(WebSocketRemoteCommand.version(offered: ["base64.channel.k8s.io"]) == .v1Base64)
        #expect(WebSocketRemoteCommand.version(offered: ["chat"]) == nil)
        #expect(WebSocketRemoteCommand.version(offered: []) == .v1)
        #expect(SPDYRemoteCommand.version(offered: ["v5.channel.k8s.io", "v3.channel.k8s.io"]) == .v3)
    }

    @Test func saysHowACommandEnded() async {
        let failing = RemoteCommand(streams: .init()) { _ in throw StreamingError(.closed, "no such container") }
        let session = PodSession(
            tty: false, stdin: nil, stdout: nil, stderr: nil, resizes: AsyncStream<TerminalSize>.makeStream().stream)
        #expect(await failing.outcome(session) == .failed("no such container"))
        #expect(await RemoteCommand(streams: .init()) { _ in 7 }.outcome(session) == .exited(7))
        #expect(await RemoteCommand(streams: .init()) { _ in nil }.outcome(session) == .success)
        #expect(CommandOutcome.exited(7).status["details", "causes"]?[0]?["message"] == "7")
        #expect(CommandOutcome.success.plainText.readableBytes == 0)
    }

    @Test func readsTerminalSizes() {
        let text = "{\"Width\":80,\"Height\":24}\n{\"Width\":100,\"Height\":40}\n{\"Width\":-1}"
        #expect(
            ResizeMessage.sizes(in: ByteBuffer(string: text)) == [
                TerminalSize(width: 80, height: 24), TerminalSize(width: 100, height: 40),
            ])
    }
}
