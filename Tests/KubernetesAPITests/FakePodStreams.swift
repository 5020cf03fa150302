import KubernetesAPI
import NIOCore

/// Stands for the containers of a node: says what it was asked, echoes what it gets.
struct FakePodStreams: PodStreams {
    func logs(of container: ContainerTarget, options: PodLogOptions, to output: PodOutput) async throws {
        try await output.write(ByteBuffer(string: "log of \(container.name) \(container.containerID)\n"))
        if let tail = options.tailLines { try await output.write(ByteBuffer(string: "tail \(tail)\n")) }
    }

    func exec(_ command: [String], in container: ContainerTarget, session: PodSession) async throws -> Int32 {
        switch command.first {
        case "cat":
            if let stdin = session.stdin {
                for await buffer in stdin { try await session.stdout?.write(buffer) }
            }
            return 0
        case "fail":
            try await session.stderr?.write(ByteBuffer(string: "failing\n"))
            return Int32(command.last ?? "") ?? 1
        default:
            try await session.stdout?.write(ByteBuffer(string: command.joined(separator: "|") + "\n"))
            return 0
        }
    }

    func attach(to container: ContainerTarget, session: PodSession) async throws {
        try await session.stdout?.write(ByteBuffer(string: "attached to \(container.name)\n"))
    }

    func forward(port: UInt16, of pod: PodTarget, input: PodInput, output: PodOutput) async throws {
        for await buffer in input {
            try await output.write(ByteBuffer(string: "\(pod.name):\(port):"))
            try await output.write(buffer)
            return
        }
    }
}
