import Foundation
import Testing

/// The story of the README, told by its own script against the binary under test.
@Suite(.serialized, .enabled(if: SkiffFixture.isPrivileged, "the demo needs root"))
struct DemoSerialTests {
    @Test func theDemoTellsItsStoryAndLeavesNothing() async throws {
        try await SkiffFixture.with { fixture in
            let demo = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "Examples/demo").path()
            let story = try await fixture.run(demo + "/run", [])
            #expect(story.exitCode == 0, "\(story)")
            let end = try await fixture.run(demo + "/down", [])
            #expect(end.exitCode == 0, "\(end)")
        }
    }
}
