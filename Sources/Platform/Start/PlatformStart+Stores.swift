import EventBus
import Images
import SystemLinux
import Volumes

/// What must survive, apart from the Kubernetes objects.
struct StartedStores: Sendable {
    let images: ImageStore
    let volumes: VolumeStore
}

extension PlatformStart {
    /// Opens images and volumes; needs only the disk.
    func startStores(_ sequence: StartSequence, _ bus: EventBus) async throws -> StartedStores {
        let images = try await sequence.start(.images) {
            try await ImageStore.open(root: paths.images, effects: effects, bus: bus, logger: logger)
        }
        let volumes = try await sequence.start(.volumes) {
            try await BlockingPool.shared.run { [paths, effects, logger] in
                try VolumeStore.open(root: paths.volumes, effects: effects, logger: logger)
            }
        }
        return StartedStores(images: images, volumes: volumes)
    }
}
